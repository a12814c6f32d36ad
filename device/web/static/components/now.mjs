// One tile a source: what it sees, how it is, who is there, and what can be done to it.
import { html } from "../html.mjs";
import { now } from "../ambient.mjs";
import { may } from "../me.mjs";
import { pictureLink, searchLink } from "../route.mjs";
import { SUFFERS, doing, latest, look, sources, take, told, trouble, turn } from "../sources.mjs";
import { ago, capital, grouped, percent } from "../text.mjs";
import { present } from "../visits.mjs";
import { Icon } from "./icon.mjs";
import { Sight } from "./sight.mjs";
import { Time } from "./time.mjs";

const SHOWN = 5; // tags of a tile
const STATES = {
  running: ["good", "Running"],
  connecting: ["", "Connecting"],
  error: ["bad", "Failing"],
  disabled: ["", "Off"],
  ended: ["", "At its end"],
};

const SLOW = 0.1; // a second: below, a rate says nothing
const rate = (fps) => (fps >= 10 ? Math.round(fps) : fps.toFixed(1));

function Shot({ source }) {
  const stored = latest.value[source.name];
  if (!source.enabled) {
    return html`<p class="sight none"><${Icon} name="off" />Switched off</p>`;
  }
  if (source.picture) return html`<${Sight} name=${source.name} />`;
  if (stored?.thumbnail_url) {
    return html`
      <a class="sight" ...${pictureLink(stored.id)}>
        <img src=${stored.thumbnail_url} alt=${`The newest picture of ${source.name}`} />
      </a>`;
  }
  const icon = source.live ? "camera" : "folder";
  return html`<p class="sight none"><${Icon} name=${icon} />No picture yet</p>`;
}

// The things that are there now, each once: [{name, count, since (ISO)}].
function here(name) {
  const found = new Map();
  for (const visit of present.value.filter(({ source }) => source === name)) {
    const row = found.get(visit.tag) ?? { name: visit.tag, count: 0, since: visit.started_at };
    row.count += 1;
    if (visit.started_at < row.since) row.since = visit.started_at;
    found.set(visit.tag, row);
  }
  return [...found.values()];
}

function Presence({ source }) {
  const visitors = here(source.name);
  if (visitors.length) {
    return html`
      <ul class="present" aria-label="There now">
        ${visitors.map(({ name, count, since }) => html`
          <li key=${name}><strong>${name}</strong>${count > 1 && ` ×${count}`}
            <span>${ago(Date.parse(since), now.value)}</span></li>`)}
      </ul>`;
  }
  const stored = latest.value[source.name];
  if (!stored) return html`<p class="faint">Nothing tagged so far</p>`;
  const tags = grouped(stored.tags).slice(0, SHOWN);
  return html`
    <ul class="said" aria-label="Said of its newest picture">
      ${tags.map(({ name, confidence }) => html`
        <li key=${name}><a ...${searchLink(`"${name}" source:${source.name}`)}>${name}</a>
          <span>${percent(confidence)}</span></li>`)}
      ${!tags.length && html`<li class="faint">No tags</li>`}
      <li><a ...${pictureLink(stored.id)}>Picture <${Time} at=${stored.taken_at} /></a></li>
    </ul>`;
}

const Badges = ({ source }) => source.states.map((state) => html`
  <li key=${state} class="badge">${SUFFERS[state] ?? state}</li>`);

function State({ source }) {
  const switching = doing.value[source.name] === "switching";
  const [colour, words] = switching
    ? ["", source.enabled ? "Closing…" : "Opening…"] : STATES[source.state];
  const paced = !switching && source.state === "running" && source.live && source.fps >= SLOW;
  return html`
    <ul class="badges">
      <li class="pulse"><span class=${`dot ${colour}`}></span>${words}
        ${paced && html`<span class="faint" title="Pictures a second">${rate(source.fps)}/s</span>`}
      </li>
      <${Badges} source=${source} />
    </ul>`;
}

function Told({ name }) {
  const what = told.value[name];
  if (!what) return null;
  if (what.bad) return html`<p class="error">${what.text}</p>`;
  return html`<p>Taken: <a ...${pictureLink(what.picture.id)}>${what.text}</a></p>`;
}

function Deeds({ source: { name, enabled, live } }) {
  const busy = doing.value[name];
  return html`
    <div class="deeds">
      ${live && may("reviewer") && html`
        <button disabled=${!enabled || busy} onClick=${() => take(name)}>
          <${Icon} name="camera" />${busy === "taking" ? "Taking…" : "Take a picture"}
        </button>`}
      ${may("administrator") && html`
        <button class="switch" role="switch" aria-checked=${enabled} disabled=${busy}
          aria-label=${`${name} is switched on`} onClick=${() => turn(name, !enabled)}>
          <i></i>
        </button>`}
    </div>`;
}

const Tile = ({ source }) => html`
  <article class=${`now-tile is-${source.state}`} aria-label=${source.name}>
    <${Shot} source=${source} />
    <div class="top"><h2>${source.name}</h2><${State} source=${source} /></div>
    ${source.error && html`<p class="error">${capital(source.error)}</p>`}
    ${source.enabled && html`<${Presence} source=${source} />`}
    <${Told} name=${source.name} />
    <${Deeds} source=${source} />
  </article>`;

export function View() {
  const list = sources.value;
  if (list?.length) {
    return html`<main class="now">
      ${list.map((source) => html`<${Tile} key=${source.name} source=${source} />`)}
    </main>`;
  }
  if (list) {
    return html`<main class="empty"><${Icon} name="camera" /><h2>No sources yet</h2>
      <p>Name cameras and folders in the config, under <code>sources</code>.</p></main>`;
  }
  return html`<main class="empty" role="alert">
    ${trouble.value && html`<h2>The sources could not be fetched</h2><p>${trouble.value.message}</p>
      <button onClick=${look}>Try again</button>`}</main>`;
}
