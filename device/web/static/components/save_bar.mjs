// What became of what was done, where one has to know: it waits, it was refused, somebody was
// faster. And the way back from what was done last.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../html.mjs";
import { openPicture, view } from "../route.mjs";
import { conflicts, done, settleConflict, undo } from "../reviews.mjs";
import { dismiss, refused, retryNow, stuck, unsaved } from "../saving.mjs";
import { capital, grouped, plural } from "../text.mjs";
import { Icon } from "./icon.mjs";

const LONG = 12_000; // ms that the way back is offered
export const offered = signal(null); // the deed that can be undone here
export const again = signal(({ id }) => openPicture(id)); // looks at it once more

const Close = ({ what, act }) => html`
  <button class="plain" aria-label=${what} title=${what} onClick=${act}><${Icon} name="close" />
  </button>`;

const Stuck = () => stuck.value && html`
  <div class="toast warn" role="alert">
    <p><strong>${plural(unsaved.value.length, "change")} not saved yet.</strong>
      ${" "}${stuck.value.message} It is tried again by itself; keep this page open.</p>
    <button onClick=${retryNow}>Try now</button>
  </div>`;

const Refused = ({ one }) => html`
  <div class="toast bad" role="alert">
    <p><strong>Not saved: ${one.text}.</strong> ${one.message}</p>
    ${one.picture && html`
      <button onClick=${() => { dismiss(one); again.value(one.picture); }}>Look again</button>`}
    <${Close} what="Dismiss" act=${() => dismiss(one)} />
  </div>`;

function Conflict({ one }) {
  const { picture, by, text } = one;
  const tags = grouped(picture.tags).map(({ name }) => name).join(", ") || "no tags";
  return html`
    <div class="toast warn" role="alert">
      ${picture.thumbnail_url && html`<img src=${picture.thumbnail_url} alt="" />`}
      <p><strong>${by} was faster.</strong> The picture now has ${tags};${" "}
        yours was not saved: ${text}.</p>
      <button onClick=${() => { settleConflict(one); again.value(picture); }}>Look again</button>
      <${Close} what="Leave it so" act=${() => settleConflict(one)} />
    </div>`;
}

function Done() {
  const deed = done.value.includes(offered.value) && offered.value;
  useEffect(() => {
    const timer = setTimeout(() => { offered.value = null; }, LONG);
    return () => clearTimeout(timer);
  }, [deed]);
  return deed && deed === done.value.at(-1) && view.value !== "review" && html`
    <div class="toast" role="status">
      <p>${capital(deed.text)}</p>
      <button onClick=${() => undo()}><${Icon} name="undo" />Undo</button>
    </div>`;
}

export const SaveBar = () => html`
  <div class="toasts">
    <${Stuck} />
    ${conflicts.value.map((one) => html`<${Conflict} key=${one.picture.id} one=${one} />`)}
    ${refused.value.map((one) => html`<${Refused} key=${one.id} one=${one} />`)}
    <${Done} />
  </div>`;
