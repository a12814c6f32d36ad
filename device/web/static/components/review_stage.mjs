// The picture under review, as large as it can be, with its boxes. A finger that swipes judges it,
// a mouse that draws gives a tag its place.
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../html.mjs";
import { boxesShown } from "../keys.mjs";
import { decide } from "../review.mjs";
import { Boxes, part } from "./boxes.mjs";
import { Icon } from "./icon.mjs";

const FAR = 90; // pixels that a swipe takes
const SMALL = 8; // pixels: less is a click, not a box

// Parts of the picture, kept inside it.
function box({ x, y, width, height }, from, to) {
  const inside = (value, start, length) => Math.min(Math.max((value - start) / length, 0), 1);
  const [left, right] = [from.x, to.x].map((value) => inside(value, x, width)).sort();
  const [top, bottom] = [from.y, to.y].map((value) => inside(value, y, height)).sort();
  return { x: left, y: top, width: right - left, height: bottom - top };
}

const Drawn = ({ of: { x, y, width, height } }) => html`
  <svg class="boxes drawn" aria-hidden="true">
    <g class="c0"><rect x=${part(x)} y=${part(y)} width=${part(width)} height=${part(height)} /></g>
  </svg>`;

function useGestures(zoomed, onBox) {
  const [swiped, setSwiped] = useState(0); // pixels to the right
  const [drawn, setDrawn] = useState(null);
  const from = useRef(null);
  const over = () => {
    from.current = null;
    setSwiped(0);
    setDrawn(null);
  };
  const apart = (event) => [event.clientX - from.current.x, event.clientY - from.current.y];
  const down = (event) => {
    if (event.button || !event.isPrimary || zoomed) return;
    from.current = { x: event.clientX, y: event.clientY };
    if (event.pointerType === "mouse") {
      event.preventDefault(); // the picture is not dragged away
      event.currentTarget.setPointerCapture(event.pointerId);
    }
  };
  const move = (event) => {
    if (!from.current) return;
    const [dx, dy] = apart(event);
    if (event.pointerType !== "mouse") setSwiped(Math.abs(dx) > Math.abs(dy) ? dx : 0);
    else if (Math.abs(dx) > SMALL && Math.abs(dy) > SMALL) {
      const place = event.currentTarget.querySelector(".fit").getBoundingClientRect();
      setDrawn(box(place, from.current, { x: event.clientX, y: event.clientY }));
    }
  };
  const up = () => {
    if (!from.current) return;
    const [far, made] = [swiped, drawn];
    over();
    if (made?.width && made.height) onBox(made);
    else if (far > FAR) decide("accept");
    else if (far < -FAR) decide("reject");
  };
  const handlers = { onPointerDown: down, onPointerMove: move, onPointerUp: up,
    onPointerCancel: over };
  return [handlers, swiped, drawn];
}

// `pending`: a box that waits for its tag. `onBox(box)`: one was drawn.
export function ReviewStage({ picture, zoomed, lit, pending, onBox }) {
  const element = useRef(null);
  const [broken, setBroken] = useState(null); // the address that could not be shown
  const [handlers, swiped, drawn] = useGestures(zoomed, onBox);
  useEffect(() => {
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = element.current;
    element.current.scrollTo((scrollWidth - clientWidth) / 2, (scrollHeight - clientHeight) / 2);
  }, [zoomed, picture.id]);
  const url = picture.url ?? picture.thumbnail_url;
  const said = swiped > FAR ? "accept" : swiped < -FAR ? "reject" : "";
  const size = zoomed ? { width: `${picture.width}px` } : { translate: `${swiped}px 0` };
  return html`
    <div class=${`stage ${zoomed ? "zoomed" : ""} ${said}`} ref=${element} ...${handlers}
      tabindex=${zoomed ? 0 : null} role="group" aria-label="The picture"
      style=${{ "--ratio": picture.width / picture.height }}>
      ${url && broken !== url
        ? html`
          <div class="fit" style=${size}>
            <img src=${url} alt=${picture.name ?? "The picture"} decoding="sync" draggable=${false}
              onError=${() => setBroken(url)} />
            ${boxesShown.value && html`<${Boxes} picture=${picture} lit=${lit} />`}
            ${(drawn ?? pending) && html`<${Drawn} of=${drawn ?? pending} />`}
          </div>`
        : html`<p class="none"><${Icon} name="picture" />Only its tags are kept</p>`}
      ${said && html`<p class="swipe">${said === "accept" ? "Accept" : "Reject"}</p>`}
    </div>`;
}
