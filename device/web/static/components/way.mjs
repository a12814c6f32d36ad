// The way that a thing took, drawn over a picture of its camera: the camera stands still, so it
// fits any of them.
import { html } from "../html.mjs";
import { covering, part } from "./boxes.mjs";

// `path`: its foot, [[x, y], ...] in parts of the picture, which covers a frame
// of the shape `frame`.
export function Way({ picture, path, frame }) {
  if (path.length < 2) return null;
  const { x, y, width, height } = covering(picture, frame);
  const last = path.at(-1);
  return html`
    <svg class="way" aria-hidden="true">
      <svg x=${part(x)} y=${part(y)} width=${part(width)} height=${part(height)}
        viewBox="0 0 1 1" preserveAspectRatio="none">
        <polyline points=${path.join(" ")} />
        <polyline class="last" points=${[last, last].join(" ")} />
      </svg>
    </svg>`;
}
