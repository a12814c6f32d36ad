// What a change does to the file, before it is saved.
import { html } from "../../html.mjs";
import { draft, phase, problems, reviewing, save, trouble } from "../../settings.mjs";
import { Dialog } from "../dialog.mjs";

const KINDS = { "+": "added", "-": "removed", "@": "place" };
const lines = (diff) => diff.split("\n").slice(2);

export const Diff = ({ diff }) => html`
  <pre class="diff" tabindex="0" aria-label="What changes in the file">${lines(diff).map((line, n) =>
    html`<span key=${n} class=${KINDS[line[0]] ?? ""}>${line || " "}${"\n"}</span>`)}</pre>`;

export function Review() {
  if (!reviewing.value || !draft.value) return null;
  const wrong = problems.value;
  return html`
    <${Dialog} kind="compare" label="Save these changes"
      onClose=${() => { reviewing.value = false; }}>
      <h2>Save these changes?</h2>
      <${Diff} diff=${draft.value.diff} />
      ${draft.value.follows.length > 0 && html`
        <ul class="follows">${draft.value.follows.map((one) => html`<li key=${one}>${one}</li>`)}</ul>`}
      ${wrong.length > 0 && html`
        <ul class="wrongs" role="alert">${wrong.map((one) => html`
          <li key=${one.text}>${one.line && `Line ${one.line}: `}${one.text}</li>`)}</ul>`}
      ${trouble.value && html`<p class="error" role="alert">${trouble.value.message}</p>`}
      <p class="deeds">
        <button class="main" disabled=${wrong.length > 0 || phase.value !== "idle"} onClick=${save}>
          ${phase.value === "saving" ? "Saving…" : "Save"}</button>
        <span class="faint">Cameras stop for some seconds while it is applied.</span>
      </p>
    <//>`;
}
