// One picture of the grid: a link to its large view.
import { useState } from "preact/hooks";
import { html } from "../html.mjs";
import { isArrival } from "../gallery.mjs";
import { may } from "../me.mjs";
import { pictureLink } from "../route.mjs";
import { grouped } from "../text.mjs";
import { Boxes } from "./boxes.mjs";
import { Check, choosing } from "./check.mjs";
import { Icon } from "./icon.mjs";
import { TagRows } from "./tags.mjs";
import { Time } from "./time.mjs";

const FRAME = 4 / 3; // as .frame in the style sheet
const SHOWN = 3; // tags; the others are a number

function Thumbnail({ picture }) {
  const [broken, setBroken] = useState(false);
  if (!picture.thumbnail_url || broken) {
    return html`<span class="frame none"><${Icon} name="picture" />Picture not kept</span>`;
  }
  return html`
    <span class="frame">
      <img src=${picture.thumbnail_url} alt="" loading="lazy" decoding="async"
        onError=${() => setBroken(true)} />
      <${Boxes} picture=${picture} frame=${FRAME} />
    </span>`;
}

function Card({ picture }) {
  const tags = grouped(picture.tags);
  const hidden = tags.length - SHOWN;
  return html`
    <a id=${`p-${picture.id}`} class=${isArrival(picture) ? "tile arrival" : "tile"}
      ...${pictureLink(picture.id)} title=${picture.name}>
      <${Thumbnail} picture=${picture} />
      ${tags.length
        ? html`<${TagRows} tags=${tags.slice(0, SHOWN)} />`
        : html`<p class="faint">No tags</p>`}
      <p class="faint foot">
        <span class="source">${picture.source}</span>
        ${hidden > 0 && html`<span title="More tags">+${hidden}</span>`}
        <${Time} at=${picture.taken_at} />
      </p>
    </a>`;
}

export const Tile = ({ picture }) => html`
  <div class="slot" onClickCapture=${(event) => choosing(event, picture.id)}>
    <${Card} picture=${picture} />
    ${may("reviewer") && html`<${Check} picture=${picture} />`}
  </div>`;
