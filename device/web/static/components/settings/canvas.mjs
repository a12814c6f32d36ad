// Polygons over a picture. Corners are dragged, or moved by the arrow keys (Shift: far), taken away
// with Delete; a click on the middle of a side makes a corner. While one is drawn, each click adds
// one, and Enter or a click on the first ends it.
import { useRef } from "preact/hooks";
import { html } from "../../html.mjs";
import { percent } from "../../text.mjs";
import { corner, inserted, middle, moved, points, replaced, without } from "../../polygon.mjs";

const STEP = 0.01; // of the picture
const FAR = 0.05;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const LEAST = 3; // corners

function Corner({ at: [x, y], number, name, onMove, onEnd, onKey }) {
  const held = useRef(false);
  const drag = (event) => {
    if (!held.current) return;
    const field = event.target.closest(".canvas").getBoundingClientRect();
    onMove(corner((event.clientX - field.x) / field.width, (event.clientY - field.y) / field.height));
  };
  const take = (event) => {
    held.current = true;
    event.target.setPointerCapture(event.pointerId);
    event.stopPropagation();
  };
  const drop = () => {
    if (held.current) onEnd();
    held.current = false;
  };
  return html`
    <button type="button" class="corner" style=${{ left: `${x * 100}%`, top: `${y * 100}%` }}
      aria-label=${`Corner ${number} of ${name}: ${percent(x)} from the left, ${percent(y)} from the top`}
      onPointerDown=${take} onPointerMove=${drag} onPointerUp=${drop} onPointerCancel=${drop}
      onKeyDown=${onKey}></button>`;
}

function Corners({ shape, onChange, onDone }) {
  const { corners, name } = shape;
  const key = (number) => (event) => {
    const arrow = ARROWS[event.key];
    const step = event.shiftKey ? FAR : STEP;
    if (arrow) {
      onChange(replaced(corners, number, moved(corners[number], arrow[0] * step, arrow[1] * step)));
      onDone();
    } else if (event.key === "Delete" && corners.length > LEAST) {
      onChange(without(corners, number));
      onDone();
    } else if (event.key === "+") {
      const next = corners[(number + 1) % corners.length];
      onChange(inserted(corners, number + 1, middle(corners[number], next)));
      onDone();
    } else return;
    event.preventDefault();
  };
  const split = (number) => {
    const next = corners[(number + 1) % corners.length];
    onChange(inserted(corners, number + 1, middle(corners[number], next)));
    onDone();
  };
  return html`
    ${corners.map((one, n) => {
      const [x, y] = middle(one, corners[(n + 1) % corners.length]);
      return html`<button key=${`m${n}`} type="button" class="side" tabindex="-1" aria-hidden="true"
        style=${{ left: `${x * 100}%`, top: `${y * 100}%` }} onClick=${() => split(n)}></button>`;
    })}
    ${corners.map((one, n) => html`
      <${Corner} key=${`c${n}`} at=${one} number=${n + 1} name=${name} onKey=${key(n)} onEnd=${onDone}
        onMove=${(to) => onChange(replaced(corners, n, to))} />`)}`;
}

// `drawing`: the corners so far, or null. `onDraw(corners)`, `onClose()` when it is closed.
export function Canvas({ shapes, selected, picture, drawing, onDraw, onClose, onSelect, onChange, onDone }) {
  const click = (event) => {
    if (!drawing) return;
    const field = event.currentTarget.getBoundingClientRect();
    const at = corner((event.clientX - field.x) / field.width, (event.clientY - field.y) / field.height);
    const [first] = drawing;
    const near = first && Math.hypot(at[0] - first[0], at[1] - first[1]) < 0.03;
    if (near && drawing.length >= LEAST) onClose();
    else onDraw([...drawing, at]);
  };
  const shape = shapes[selected];
  return html`
    <div class=${`canvas ${drawing ? "drawing" : ""}`} tabindex="-1" onClick=${click}>
      ${picture}
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
        <defs><pattern id="stripes" width="3" height="3" patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"><rect width="1.2" height="3" /></pattern></defs>
        ${shapes.map(({ kind, place, corners }, n) => html`
          <polygon key=${place.join()} class=${`${kind} ${n === selected ? "lit" : ""}`}
            points=${points(corners)} onClick=${() => drawing || onSelect(n)} />`)}
        ${drawing && html`<polyline points=${points(drawing)} />`}
      </svg>
      ${drawing?.map(([x, y], n) => html`<i key=${n} class="corner" style=${{ left: `${x * 100}%`, top: `${y * 100}%` }}></i>`)}
      ${shape && !drawing && html`<${Corners} shape=${shape} onChange=${onChange} onDone=${onDone} />`}
    </div>`;
}
