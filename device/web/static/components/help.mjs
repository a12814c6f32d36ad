// The keys of the page.
import { html } from "../html.mjs";
import { HELP, helpShown, viewHelp } from "../keys.mjs";
import { Dialog } from "./dialog.mjs";

const SEARCHES = [
  ["cat \"hot dog\"", "both tags"],
  ["person -dog", "a person, but no dog"],
  ["source:gate", "from that source"],
  ["confidence>=0.8", "surer than that"],
];

const List = ({ title, rows }) => html`
  <h2>${title}</h2>
  <dl>${rows.map(([term, text]) => html`<dt><kbd>${term}</kbd></dt><dd>${text}</dd>`)}</dl>`;

export const Help = () => helpShown.value && html`
  <${Dialog} kind="sheet" label="Key help" onClose=${() => { helpShown.value = false; }}>
    ${viewHelp.value.length > 0 && html`<${List} title="Keys of this view" rows=${viewHelp.value} />`}
    <${List} title="Keys" rows=${HELP} />
    <${List} title="Searches" rows=${SEARCHES} />
  <//>`;
