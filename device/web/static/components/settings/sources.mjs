// The sources of the config: how each is, and the way to change, add and remove them.
import { useEffect, useState } from "preact/hooks";
import { html } from "../../html.mjs";
import { get } from "../../api.mjs";
import { at, written } from "../../settings.mjs";
import { chosen, sectionLink } from "../../settings_route.mjs";
import { Icon } from "../icon.mjs";
import { Sight } from "../sight.mjs";
import { NEW, NewSource } from "./new_source.mjs";
import { Source } from "./source.mjs";

const STATES = {
  running: ["good", "Running"],
  connecting: ["", "Connecting"],
  error: ["bad", "Failing"],
  disabled: ["", "Off"],
  ended: ["", "At its end"],
};

function Row({ source, now }) {
  const [colour, words] = STATES[now?.state] ?? ["warn", "Not saved yet"];
  return html`
    <li>
      <div class="small">${now?.picture ? html`<${Sight} name=${source.name} />`
        : html`<p class="sight none"><${Icon} name=${now?.live === false ? "folder" : "camera"} /></p>`}</div>
      <div>
        <a ...${sectionLink("sources", source.name)}><strong>${source.name}</strong></a>
        <p class="faint">${source.url}</p>
        ${now?.error && html`<p class="error">${now.error}</p>`}
      </div>
      <span class="pulse"><span class=${`dot ${colour}`}></span>${words}</span>
    </li>`;
}

export function Sources() {
  const [now, set] = useState([]);
  useEffect(() => { get("sources").then((found) => set(found.sources), () => {}); }, [chosen.value]);
  const list = at(["sources"], written.value) ?? [];
  const index = list.findIndex(({ name }) => name === chosen.value);
  const state = (name) => now.find((one) => one.name === name);
  if (chosen.value === NEW) return html`<${NewSource} taken=${list.map(({ name }) => name)} index=${list.length} />`;
  if (index >= 0) {
    return html`<${Source} key=${chosen.value} source=${list[index]} index=${index} now=${state(chosen.value)} />`;
  }
  return html`
    ${list.length > 0
      ? html`<ul class="source-list">${list.map((one) => html`
          <${Row} key=${one.name} source=${one} now=${state(one.name)} />`)}</ul>`
      : html`<p>No source yet: add a camera or a folder.</p>`}
    <p class="deeds"><a class="button main" ...${sectionLink("sources", NEW)}>Add a source</a></p>`;
}
