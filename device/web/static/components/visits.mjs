// Who was there: one row a visit, newest first.
import { html } from "../html.mjs";
import { pictureLink } from "../route.mjs";
import { percent, span } from "../text.mjs";
import { more, older, problem, reload, visits } from "../visits.mjs";
import { Icon } from "./icon.mjs";
import { Time } from "./time.mjs";

function Best({ picture, tag }) {
  if (!picture?.url) return html`<span class="best"><${Icon} name="eye" /></span>`;
  return html`
    <a class="best" ...${pictureLink(picture.id)} aria-label=${`The best picture: ${tag}`}>
      <img src=${`/thumbnails/${picture.id}`} alt="" loading="lazy" decoding="async" />
    </a>`;
}

const about = ({ source, zones, actions, interrupted }) => [
  source, ...zones, actions.join(", "), interrupted && "cut short by a restart",
].filter(Boolean).join(" · ");

const Row = ({ visit }) => html`
  <li class=${visit.ended_at ? "" : "open"}>
    <${Best} picture=${visit.picture} tag=${visit.tag} />
    <div>
      <p><strong>${visit.tag}</strong> <span class="faint">${percent(visit.best_confidence)}</span></p>
      <p class="faint">${about(visit)}</p>
    </div>
    <p class="when"><${Time} at=${visit.started_at} />
      <span class="faint">${visit.ended_at ? span(visit.duration) : "there now"}</span></p>
  </li>`;

const Empty = ({ title, text, again = undefined }) => html`
  <main class="empty"><${Icon} name="eye" /><h2>${title}</h2><p>${text}</p>
    ${again && html`<button onClick=${again}>Try again</button>`}</main>`;

export function Visits() {
  const list = visits.value;
  if (!list && problem.value?.status === 404) {
    return html`<${Empty} title="No visits" text="This tagd does not keep visits." />`;
  }
  if (problem.value) {
    return html`
      <${Empty} title="The visits could not be fetched" text=${problem.value.message}
        again=${reload} />`;
  }
  if (!list) return html`<main></main>`;
  if (!list.length) {
    return html`<${Empty} title="No visits yet" text="A visit begins when a camera sees somebody." />`;
  }
  return html`
    <main>
      <ol class="visits">${list.map((visit) => html`<${Row} key=${visit.id} visit=${visit} />`)}</ol>
      ${older.value && html`<p class="end"><button onClick=${more}>Show older ones</button></p>`}
    </main>`;
}
