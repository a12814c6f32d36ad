// Searches that this browser remembers for whoever uses it.
import { signal } from "@preact/signals";
import { html } from "../html.mjs";
import { query, searchLink } from "../route.mjs";
import { Icon } from "./icon.mjs";

const KEY = "tagd.searches";
const MOST = 20;

function read() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY));
    return Array.isArray(found) ? found.filter((one) => typeof one === "string") : [];
  } catch {
    return []; // none yet, or a browser that keeps nothing
  }
}

const saved = signal(read());
function keep(list) {
  saved.value = list.slice(0, MOST);
  try {
    localStorage.setItem(KEY, JSON.stringify(saved.value));
  } catch { /* for this visit only, then */ }
}

export function Saved() {
  const q = query.value;
  if (!q && !saved.value.length) return null;
  return html`
    <section aria-label="Saved searches">
      <h2>Saved searches</h2>
      <ul>${saved.value.map((one) => html`
        <li key=${one} class="kept">
          <a ...${searchLink(one)} aria-current=${one === q ? "true" : null}>
            <span class="name">${one}</span></a>
          <button class="plain" aria-label=${`Forget ${one}`} title="Forget"
            onClick=${() => keep(saved.value.filter((other) => other !== one))}>
            <${Icon} name="close" /></button>
        </li>`)}</ul>
      ${q && !saved.value.includes(q) && html`
        <button onClick=${() => keep([q, ...saved.value])}>Save this search</button>`}
    </section>`;
}
