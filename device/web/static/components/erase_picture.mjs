// The button that erases the open picture, for administrators: one question in its place, and no
// way back.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { html } from "../html.mjs";
import { say } from "../ambient.mjs";
import { command } from "../api.mjs";
import { drop, pictures } from "../gallery.mjs";
import { may } from "../me.mjs";
import { closePicture, openPicture } from "../route.mjs";

// The neighbour is looked at next, so that several can be erased one after the other.
function leave(id) {
  const at = pictures.peek().findIndex((picture) => picture.id === id);
  const next = at < 0 ? null : pictures.peek()[at + 1] ?? pictures.peek()[at - 1];
  if (next) openPicture(next.id);
  else closePicture();
  drop([id]);
}

export function ErasePicture({ id }) {
  const [asked, setAsked] = useState(false);
  const [{ busy, problem }, set] = useState({});
  const keep = useRef(null);
  useEffect(() => { setAsked(false); set({}); }, [id]);
  // Enter alone erases nothing, however soon it comes.
  useLayoutEffect(() => { if (asked) keep.current?.focus(); }, [asked]);
  if (!may("administrator")) return null;
  const erase = async () => {
    set({ busy: true });
    try {
      await command("DELETE", `pictures/${encodeURIComponent(id)}`);
      say("Picture deleted");
      leave(id);
    } catch (error) {
      set({ problem: error });
    }
  };
  if (!asked) {
    return html`<p><button class="plain bad" onClick=${() => setAsked(true)}>Delete…</button></p>`;
  }
  return html`
    <div class="erase-picture" role="group" aria-label="Delete this picture">
      <p>Delete this picture and all that was said of it, for good?</p>
      <p class="deeds">
        <button ref=${keep} disabled=${busy} onClick=${() => setAsked(false)}>Keep</button>
        <button class="danger" disabled=${busy} onClick=${erase}>
          ${busy ? "Deleting…" : "Delete"}</button>
      </p>
      ${problem && html`<p class="error" role="alert">${problem.message}</p>`}
    </div>`;
}
