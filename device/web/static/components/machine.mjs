// The board, the models on it, what waits, and what the program is made of.
import { html } from "../html.mjs";
import { bytes, duration, plural } from "../text.mjs";
import { Spark } from "./spark.mjs";

const HOT = 80; // degrees: boards slow down from here on

export const Card = ({ title, children, about }) => html`
  <section class="card" aria-label=${title}>
    <h2>${title}${about && html` <span class="faint">${about}</span>`}</h2>${children}
  </section>`;

const Facts = ({ rows }) => html`
  <dl>${rows.filter(([, value]) => value).map(([term, value]) => html`
    <dt>${term}</dt><dd>${value}</dd>`)}</dl>`;

const Meter = ({ part, label }) => html`
  <div class="bar" role="img" aria-label=${label}>
    <i style=${{ width: `${Math.min(100, part * 100)}%` }}></i></div>`;

export function Machine({ board }) {
  const { memory, available, used, peak, celsius, was_held_back: before } = board;
  const taken = memory && available != null ? memory - available : null;
  return html`
    <${Card} title="Machine" about=${board.name}>
      ${taken != null && html`
        <p>Memory <strong>${bytes(taken)}</strong> of ${bytes(memory)}</p>
        <${Meter} part=${taken / memory} label=${`${Math.round((100 * taken) / memory)} % used`} />`}
      <${Facts} rows=${[
        ["tagd uses", used != null && `${bytes(used)}, ${bytes(peak)} at most`],
        ["Processor", `${plural(board.cores, "core")}, ${board.machine}`],
        ["Load", board.load.toFixed(2)],
        ["Temperature", celsius != null && html`
          <span class=${celsius >= HOT ? "error" : ""}>${Math.round(celsius)} °C</span>`],
        ["Held back", before?.length > 0 && `before: ${before.join(", ")}`],
      ]} />
    <//>`;
}

const ms = (value) => `${value >= 10 ? Math.round(value) : value.toFixed(1)} ms`;

export const Models = ({ models }) => html`
  <${Card} title="Models">
    ${!models.length && html`<p class="faint">They are being loaded.</p>`}
    ${models.map((it) => html`
      <div class="model" key=${it.name}>
        <p><strong>${it.name}</strong> <span class="faint">${it.model}</span></p>
        ${it.median_ms == null ? html`<p class="faint">Nothing tagged since the start</p>` : html`
          <${Spark} values=${it.recent_ms} />
          <p><strong>${ms(it.median_ms)}</strong> as a rule, 95 % within ${ms(it.p95_ms)}
            <span class="faint"> · ${plural(it.runs, "run")}</span></p>`}
        <p class="faint">${plural(it.labels, "label")} · ${it.backend} ·
          ${" "}<code title=${`SHA-256 ${it.sha256}`}>${it.sha256.slice(0, 12)}</code></p>
      </div>`)}
  <//>`;

function waiting({ queues, sinks }) {
  const rows = queues.map((it) => [it.name === "write" ? "To be stored" : it.name, [
    it.waiting ? `${it.waiting} waiting` : "nothing waits",
    it.dropped > 0 && `${it.dropped.toLocaleString("en")} passed over`,
  ].filter(Boolean).join(", ")]);
  const told = sinks.map((it) => [it.name, html`
    ${it.lag ? `${plural(it.lag, "event")} waiting` : "up to date"}
    ${it.error && html`<span class="error"> ${it.error}</span>`}`]);
  return [...rows, ...told];
}

export const Work = ({ machine }) => html`
  <${Card} title="Work"><${Facts} rows=${waiting(machine)} /><//>`;

const PROGRAMS = [
  ["tagd", "tagd"], ["python", "Python"], ["sqlite", "SQLite"], ["system", "System"],
];
const age = (thread) => (thread.alive ? `${thread.age.toFixed(1)} s ago` : "ended");

export const Program = ({ machine: { versions, threads, uptime_s: uptime } }) => html`
  <details class="card">
    <summary><h2>Program</h2> <span class="faint">tagd ${versions.tagd}, running for
      ${" "}${duration(uptime)}</span></summary>
    <${Facts} rows=${PROGRAMS.map(([key, words]) => [words, versions[key]])} />
    <div class="table" tabindex="0" role="region" aria-label="Threads"><table>
      <thead><tr><th>Thread</th><th>Heard of</th><th>Done</th><th>Failed</th><th>Last error</th>
      </tr></thead>
      <tbody>${threads.map((it) => html`
        <tr key=${it.name}><th scope="row">${it.name}</th><td>${age(it)}</td>
          <td>${it.done.toLocaleString("en")}</td><td>${it.failed.toLocaleString("en")}</td>
          <td>${it.error ?? ""}</td></tr>`)}</tbody>
    </table></div>
  </details>`;
