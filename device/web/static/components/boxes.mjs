// The boxes of a picture's tags, drawn over it. All lengths are percentages of the picture, so
// the drawing follows the picture at any size without measuring it.
import { html } from "../html.mjs";
import { percent, standing } from "../text.mjs";

const COLOURS = 6; // .c0 to .c5 in the style sheet
export const part = (value) => `${(value * 100).toFixed(2)}%`;

// Where the whole picture lies, in parts of a frame (width / height = `frame`) that it covers as
// `object-fit: cover` does: the side that does not fit hangs out equally on both ends.
export function covering(picture, frame) {
  const ratio = picture.width / picture.height / frame;
  const width = Math.max(1, ratio);
  const height = Math.max(1, 1 / ratio);
  return { x: (1 - width) / 2, y: (1 - height) / 2, width, height };
}

function Box({ tag, colour, lit }) {
  const { x, y, width, height } = tag.box;
  const right = x + width / 2 > 0.6; // keep the words inside the picture
  return html`
    <g class=${`c${colour} ${lit === tag.name ? "lit" : lit ? "dim" : ""}`}>
      <rect x=${part(x)} y=${part(y)} width=${part(width)} height=${part(height)} rx="2" />
      <text x=${part(right ? x + width : x)} y=${part(y)} dx=${right ? -6 : 6} dy="16"
        text-anchor=${right ? "end" : "start"}>${tag.name} ${percent(tag.confidence)}</text>
    </g>`;
}

// `frame`: the shape of the frame that the picture covers; left out where it is shown whole.
// `lit`: the name of the tag to point out.
export function Boxes({ picture, frame = picture.width / picture.height, lit = null }) {
  const tags = standing(picture.tags).filter((tag) => tag.box);
  if (!tags.length) return null;
  const names = [...new Set(tags.map((tag) => tag.name))];
  const { x, y, width, height } = covering(picture, frame);
  return html`
    <svg class="boxes" aria-hidden="true">
      <svg x=${part(x)} y=${part(y)} width=${part(width)} height=${part(height)}>
        ${tags.map((tag) => html`
          <${Box} tag=${tag} lit=${lit} colour=${names.indexOf(tag.name) % COLOURS} />`)}
      </svg>
    </svg>`;
}
