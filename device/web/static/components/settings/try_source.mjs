// Opens a source before it is saved, and shows what it gives.
import { useState } from "preact/hooks";
import { html } from "../../html.mjs";
import { command } from "../../api.mjs";
import { bytes } from "../../text.mjs";

const rate = ({ fps, frames }) => (fps ? `${fps} a second` : `${frames} in the time of the test`);

// `given`: the section, as the config has it.
export function TrySource({ given }) {
  const [{ busy, found, problem }, set] = useState({});
  const test = async () => {
    set({ busy: true });
    try {
      set({ found: await command("POST", "sources/test", given) });
    } catch (error) {
      set({ problem: error.message });
    }
  };
  return html`
    <p class="deeds">
      <button type="button" disabled=${busy || !given.url} onClick=${test}>
        ${busy ? "Opening it…" : "Test it"}</button>
      ${busy && html`<span class="faint" role="status">This takes up to 15 seconds.</span>`}
      ${problem && html`<span class="error" role="alert">${problem}</span>`}
    </p>
    ${found && html`
      <figure class="sample">
        <img src=${found.picture} alt="What the source gives" />
        <figcaption role="status">${found.format}, ${found.width} × ${found.height}, ${rate(found)};
          ${" "}first picture after ${found.first_s.toFixed(1)} s${found.size > 0 && `, ${bytes(found.size)}`}
          ${found.status.codec && `, ${found.status.codec}`}</figcaption>
      </figure>`}`;
}
