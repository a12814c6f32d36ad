// What was done, by whom and from where.
import { useEffect, useState } from "preact/hooks";
import { html } from "../html.mjs";
import { get } from "../api.mjs";
import { exact } from "../text.mjs";

const PAGE = 30;

const Entry = ({ at, who, address, what, about, times }) => html`
  <tr>
    <td><time datetime=${at}>${exact(at)}</time></td>
    <td>${who}</td>
    <td>${what}${times > 1 && ` ×${times}`}</td>
    <td class="about">${about}</td>
    <td class="faint">${address || "on the device"}</td>
  </tr>`;

export function AuditLog() {
  const [{ entries, next, problem }, set] = useState({ entries: [], next: null, problem: null });
  const fetch = (before) => get("audit", { limit: PAGE, before }).then(
    (page) => set((old) => ({
      entries: before ? [...old.entries, ...page.entries] : page.entries,
      next: page.next,
      problem: null,
    })),
    (error) => set((old) => ({ ...old, problem: error.message })));
  useEffect(() => { fetch(null); }, []);
  return html`
    <h2>What was done</h2>
    ${problem && html`<p class="error" role="alert">${problem}</p>`}
    <div class="audit" tabindex="0" role="region" aria-label="What was done">
      <table>
        <thead><tr><th>when</th><th>who</th><th>what</th><th>about</th><th>from</th></tr></thead>
        <tbody>${entries.map((entry) => html`<${Entry} key=${entry.id} ...${entry} />`)}</tbody>
      </table>
    </div>
    ${next && html`<p><button onClick=${() => fetch(next)}>Older ones</button></p>`}`;
}
