// How the device is: its problems first, then its parts.
import { effect, signal } from "@preact/signals";
import { html } from "../html.mjs";
import { check, health, summary } from "../health.mjs";
import { me } from "../me.mjs";
import { SUFFERS } from "../sources.mjs";
import { bytes, capital, duration, exact, plural } from "../text.mjs";
import { Dialog } from "./dialog.mjs";

export const panelShown = signal(false);
effect(() => { if (panelShown.value) check(); });

const Row = ({ name, good, off = false, about, figures, error }) => html`
  <li>
    <span class=${`dot ${off ? "" : good ? "good" : "warn"}`}></span>
    <div>
      <strong>${name}</strong> <span class="faint">${about}</span>
      <p>${figures}</p>
      ${error && html`<p class="error">${error}</p>`}
    </div>
  </li>`;

const Part = ({ title, rows }) => rows.length > 0 && html`
  <h3>${title}</h3><ul class="parts">${rows}</ul>`;

const well = (it) => it.alive && !it.error && !it.states?.length;

const source = (it) => html`
  <${Row} name=${it.name} good=${well(it)} off=${it.enabled === false} error=${it.error}
    about=${it.url}
    figures=${[
      ...(it.states ?? []).map((state) => SUFFERS[state] ?? state),
      `${it.done.toLocaleString("en")} tagged`,
      it.queued > 0 && `${it.queued} waiting`,
      it.failed > 0 && `${it.failed} unreadable`,
      it.dropped > 0 && `${it.dropped.toLocaleString("en")} passed over for newer ones`,
      it.enabled === false ? "switched off" : !it.alive && "not running",
    ].filter(Boolean).join(" · ")} />`;

const tagger = (it) => html`
  <${Row} name=${it.name} good about=${it.model}
    figures=${[
      plural(it.labels, "label"),
      it.ms > 0 && `${it.ms.toFixed(1)} ms a picture`,
      it.backend,
    ].filter(Boolean).join(" · ")} />`;

const sink = (it) => html`
  <${Row} name=${it.name} good=${!it.error} error=${it.error}
    figures=${it.lag > 0 ? `${plural(it.lag, "event")} waiting` : "up to date"} />`;

const Reached = ({ web: { certificate, notice } }) => html`
  ${notice && html`<p class="faint">${capital(notice)}.</p>`}
  ${certificate && html`
    <p>TLS with ${certificate.self_signed ? "a certificate of its own" : "your certificate"},
      ${" "}until ${exact(certificate.ends)}</p>
    <p class="faint">SHA-256 <code class="fingerprint">${certificate.fingerprint}</code></p>`}
  ${!notice && !certificate && html`<p class="faint">Without TLS</p>`}`;

function Contents({ device }) {
  const { problems, sources, taggers, sinks, store } = device;
  return html`
    ${problems.length > 0 && html`
      <ul class="problems">${problems.map((text) => html`<li key=${text}>${text}</li>`)}</ul>`}
    <${Part} title="Sources" rows=${sources.map(source)} />
    <${Part} title="Taggers" rows=${taggers.map(tagger)} />
    <${Part} title="Told to" rows=${sinks.map(sink)} />
    ${device.web && html`<h3>Page</h3><${Reached} web=${device.web} />`}
    ${me.value?.sources == null && html`
      <h3>Store</h3>
      <p>${store.pictures == null ? "Cannot be read" : html`
        ${plural(store.pictures, "picture")} · ${plural(store.events, "event")} ·
        ${" "}${bytes(store.bytes)}`}</p>`}
    <p class="faint">tagd ${device.version} · ${device.device.id} ·
      ${" "}running for ${duration(device.uptime_s)}</p>`;
}

export function HealthPanel() {
  if (!panelShown.value) return null;
  const [colour, words] = summary.value;
  const device = health.value;
  return html`
    <${Dialog} kind="sheet" label="How the device is"
      onClose=${() => { panelShown.value = false; }}>
      <h2><span class=${`dot ${colour}`}></span>${words}</h2>
      ${device ? html`<${Contents} device=${device} />` : html`<p>No answer so far.</p>`}
    <//>`;
}
