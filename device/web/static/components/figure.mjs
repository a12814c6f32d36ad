// A drawing with its heading, and the same as a table for whoever would rather read.
import { useId, useState } from "preact/hooks";
import { html } from "../html.mjs";

const Table = ({ label, columns, rows }) => html`
  <div class="table" tabindex="0" role="region" aria-label=${label}>
    <table>
      <thead><tr>${columns.map((one) => html`<th scope="col">${one}</th>`)}</tr></thead>
      <tbody>${rows.map(([first, ...rest]) => html`
        <tr><th scope="row">${first}</th>${rest.map((one) => html`<td>${one}</td>`)}</tr>`)}
      </tbody>
    </table>
  </div>`;

// `answer`: {data} or {problem} of insights.mjs; `table(data)`: {columns, rows}; `children(data)`
// draws; `empty(data)`: why there is nothing to draw, or nothing.
export function Figure({ title, note, answer, table, empty, wide = false, children }) {
  const [asTable, setAsTable] = useState(false);
  const id = useId();
  const { data, problem } = answer ?? {};
  const nothing = data && empty?.(data);
  const full = data && !nothing;
  return html`
    <section class=${`figure ${wide ? "wide" : ""}`} aria-labelledby=${id} aria-busy=${!answer}>
      <div class="figure-head">
        <h2 id=${id}>${title}</h2>
        ${full && html`<button class="plain" aria-pressed=${asTable}
          onClick=${() => setAsTable(!asTable)}>Table</button>`}
      </div>
      ${note && html`<p class="faint">${note}</p>`}
      ${problem && html`<p class="error" role="alert">${problem.message}</p>`}
      ${nothing && html`<p class="nothing faint">${nothing}</p>`}
      ${full && (asTable ? html`<${Table} label=${title} ...${table(data)} />` : children(data))}
    </section>`;
}
