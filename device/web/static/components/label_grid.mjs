// "These 40 are fox": the wrong ones are pointed out, Enter says that the others are right.
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../html.mjs";
import { commit, load, names, problem, shown, status, toggle, undo, wrong } from "../labels.mjs";
import { label, query, showReview } from "../route.mjs";
import { done } from "../reviews.mjs";
import { plural } from "../text.mjs";
import { Boxes } from "./boxes.mjs";
import { Icon } from "./icon.mjs";

const FRAME = 4 / 3; // as .frame in the style sheet
const focus = () => document.querySelector(".many button")?.focus();

export const labelKeys = {
  Enter: commit,
  u: undo,
  "Ctrl+z": undo,
  v: () => showReview({ tag: null }),
  Escape: () => showReview({ tag: null }),
  j: focus,
  ArrowDown: focus,
  ArrowRight: focus,
};

export const LABEL_HELP = [
  ["← → ↑ ↓", "walk over the pictures"],
  ["Space", "this one is wrong"],
  ["Enter", "reject what is wrong, accept the others"],
  ["u  or  Ctrl Z", "undo"],
  ["v  or  Esc", "one picture at a time"],
];

function Picture({ picture, reached, onReach }) {
  const bad = wrong.value.has(picture.id);
  const tags = picture.tags.filter(({ name }) => name === label.value);
  return html`
    <button class=${`slot ${bad ? "wrong" : ""}`} aria-pressed=${bad} tabindex=${reached ? 0 : -1}
      aria-label=${`${picture.name ?? picture.source}: ${bad ? "wrong" : label.value}`}
      onClick=${() => toggle(picture.id)} onFocus=${onReach}>
      <span class="frame">
        ${picture.thumbnail_url
          ? html`<img src=${picture.thumbnail_url} alt="" decoding="async" />`
          : html`<span class="none"><${Icon} name="picture" />Picture not kept</span>`}
        <${Boxes} picture=${{ ...picture, tags }} frame=${FRAME} />
        ${bad && html`<span class="cross"><${Icon} name="close" /></span>`}
      </span>
    </button>`;
}

function Many() {
  const list = useRef(null);
  const [reached, setReached] = useState(0);
  const pictures = shown.value;
  const first = Math.min(reached, pictures.length - 1);
  const pressed = (event) => {
    const cells = [...list.current.querySelectorAll("button")];
    const from = cells.indexOf(document.activeElement);
    const columns = cells.findIndex((cell) => cell.offsetTop > cells[0].offsetTop);
    const wide = columns < 0 ? cells.length : columns;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: wide, ArrowUp: -wide, j: 1, k: -1 };
    if (event.key in step) cells[from + step[event.key]]?.focus();
    else if (event.key === "Home" || event.key === "End") cells.at(event.key === "Home" ? 0 : -1).focus();
    else if (event.key === "Enter") {
      commit();
      requestAnimationFrame(() => list.current?.querySelector("button")?.focus());
    } else return;
    event.preventDefault();
  };
  return html`
    <div class="many" role="group" aria-label=${`Pictures of ${label.value}`} ref=${list}
      onKeyDown=${pressed}>
      ${pictures.map((picture, index) => html`
        <${Picture} key=${picture.id} picture=${picture} reached=${index === first}
          onReach=${() => setReached(index)} />`)}
    </div>`;
}

const Names = () => html`
  <nav class="chips" aria-label="Tags that wait">
    ${names.value.map((name) => html`
      <button key=${name} aria-pressed=${name === label.value}
        onClick=${() => showReview({ tag: name })}>${name}</button>`)}
  </nav>`;

function Contents() {
  if (status.value === "failed") {
    return html`
      <div class="empty" role="alert"><h2>The pictures could not be fetched</h2>
        <p>${problem.value.message}</p><button onClick=${load}>Try again</button></div>`;
  }
  if (!label.value) {
    return html`
      <div class="empty"><${Icon} name="grid" /><h2>Many pictures of one tag</h2>
        <p>${names.value.length || status.value === "loading"
          ? "Choose a tag above: you see the pictures that have it, and point out the wrong ones."
          : "No tag waits for somebody."}</p></div>`;
  }
  if (!shown.value.length) {
    return html`
      <div class="empty"><${Icon} name="check" />
        <h2>${status.value === "loading" ? "Fetching…" : `No ${label.value} is left to review`}</h2>
      </div>`;
  }
  return html`<${Many} />`;
}

export function LabelGrid() {
  useEffect(() => { load(); }, [label.value, query.value]);
  const count = shown.value.length;
  const bad = shown.value.filter(({ id }) => wrong.value.has(id)).length;
  return html`
    <${Names} />
    <div class="by-label"><${Contents} /></div>
    <div class="verdicts" role="group" aria-label="Judge these pictures">
      <p>${count > 0 && html`${plural(count, "picture")}: press those that are not${" "}
        <strong>${label.value}</strong>`}</p>
      <button disabled=${!done.value.length} onClick=${undo}>
        <${Icon} name="undo" /><span>Undo</span> <kbd>u</kbd>
      </button>
      <button class="yes" disabled=${!count} onClick=${commit}>
        <${Icon} name="check" />
        <span>${bad ? `Reject ${bad}, accept ${count - bad}` : `Accept ${count}`}</span> <kbd>Enter</kbd>
      </button>
    </div>`;
}
