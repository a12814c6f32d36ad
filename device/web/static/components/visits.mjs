// Who was there: one row a visit, newest first, under the days.
import { html } from "../html.mjs";
import { now } from "../ambient.mjs";
import { pictureLink } from "../route.mjs";
import { day, exact, percent, span, timeOfDay } from "../text.mjs";
import { more, older, problem, reload, visits } from "../visits.mjs";
import { Icon } from "./icon.mjs";
import { Way } from "./way.mjs";

const FRAME = 16 / 9; // as .shot in the style sheet
const ENTERING = "entering:";
const DID = {
  arriving: "arrived",
  stationary: "stood still",
  leaving: "left",
  passing: "passed by",
  loitering: "loitered",
};

const did = (action) => (action.startsWith(ENTERING)
  ? `entered ${action.slice(ENTERING.length)}` : DID[action] ?? action);

// Where it was and what it did: "gate · in drive · arrived, stood still".
const about = ({ source, zones, actions, interrupted }) => [
  source,
  ...zones.filter((zone) => !actions.includes(ENTERING + zone)).map((zone) => `in ${zone}`),
  actions.map(did).join(", "),
  interrupted && "cut short by a restart",
].filter(Boolean).join(" · ");

function Best({ visit: { picture, path, tag, source } }) {
  if (!picture) return html`<span class="shot"><${Icon} name="eye" /></span>`;
  const label = `The best picture: ${tag} at ${source}`;
  return html`
    <a class="best" ...${pictureLink(picture.id)} aria-label=${label}>
      <span class="shot">
        ${picture.url
          ? html`<img src=${`thumbnails/${picture.id}`} alt="" loading="lazy" decoding="async" />`
          : html`<${Icon} name="eye" />`}
        <${Way} picture=${picture} path=${path} frame=${FRAME} />
      </span>
    </a>`;
}

const Row = ({ visit }) => html`
  <li>
    <${Best} visit=${visit} />
    <div>
      <p><strong>${visit.tag}</strong>${" "}
        <span class="faint sure">${percent(visit.best_confidence)}</span></p>
      <p class="faint">${about(visit)}</p>
    </div>
    <p class="when">
      <time datetime=${visit.started_at} title=${exact(visit.started_at)}>
        ${timeOfDay(visit.started_at)}</time>
      ${visit.ended_at
        ? html`<span class="faint">${span(visit.duration)}</span>`
        : html`<span class="there">there now</span>`}
    </p>
  </li>`;

// [[day, its visits]], in the order in which they come.
function byDay(list) {
  const found = new Map();
  for (const visit of list) {
    const name = day(visit.started_at, now.value);
    found.set(name, [...(found.get(name) ?? []), visit]);
  }
  return [...found];
}

const Empty = ({ title, text, again = undefined }) => html`
  <main class="empty" role=${again && "alert"}><${Icon} name="eye" /><h2>${title}</h2><p>${text}</p>
    ${again && html`<button onClick=${again}>Try again</button>`}</main>`;

export function View() {
  const list = visits.value;
  if (!list && problem.value) {
    return html`
      <${Empty} title="The visits could not be fetched" text=${problem.value.message}
        again=${reload} />`;
  }
  if (!list) return html`<main></main>`;
  if (!list.length) {
    return html`<${Empty} title="No visits yet"
      text="A visit begins when a camera sees somebody, or something, come." />`;
  }
  return html`
    <main class="visits">
      ${byDay(list).map(([name, rows]) => html`
        <section key=${name} aria-label=${name}>
          <h2>${name}</h2>
          <ol>${rows.map((visit) => html`<${Row} key=${visit.id} visit=${visit} />`)}</ol>
        </section>`)}
      ${older.value && html`<p class="end"><button onClick=${more}>Show older ones</button></p>`}
    </main>`;
}
