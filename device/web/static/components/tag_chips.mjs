// The tags of the picture under review, each a chip: its number is its key, a press says whether it
// is right. Arrows walk through them, F2 (or the second button) names one anew.
import { useRef, useState } from "preact/hooks";
import { html } from "../html.mjs";
import { draft, row, speak } from "../review.mjs";
import { percent } from "../text.mjs";
import { removed, turned } from "../verdicts.mjs";
import { Icon } from "./icon.mjs";
import { TagInput } from "./tag_input.mjs";

const NUMBERED = 9;
const MARKS = { accepted: "check", manual: "check", renamed: "check", rejected: "close" };
const SPOKEN = {
  proposed: "proposed", accepted: "accepted", rejected: "rejected", manual: "said by a person",
  nearly: "nearly said",
};

const verdict = (said) => said && { verdict: said };

export function turn(index) {
  const chip = row.peek()[index];
  if (!chip) return false;
  speak(chip.name, verdict(turned(chip)));
  return true;
}

export function remove(index) {
  const chip = row.peek()[index];
  if (!chip) return false;
  speak(chip.name, verdict(removed(chip)));
  return true;
}

// A name that somebody writes: that of a chip says that it is right.
export function add(name, box = null) {
  const same = row.peek().find((chip) => chip.name.toLowerCase() === name.toLowerCase());
  const there = same && same.stood !== "nearly" && !box;
  speak(same?.name ?? name, there ? same.stood === "manual" ? null : { verdict: "accept" }
    : { verdict: "add", ...(box && { box }) });
}

function words({ name, confidence, state, to }) {
  const sure = confidence == null ? "" : `, ${percent(confidence)}`;
  return `${name}${sure}, ${to ? `renamed to ${to}` : SPOKEN[state]}`;
}

function Chip({ chip, index, reached, onReach, onRename, onPoint }) {
  const { name, confidence, state, to, stood } = chip;
  const key = index < NUMBERED ? `${index + 1}` : null;
  return html`
    <button class=${`tagchip ${stood === "nearly" && !chip.said ? "nearly" : state}`}
      tabindex=${reached ? 0 : -1} aria-label=${words(chip)} aria-keyshortcuts=${key}
      title=${key ? `Right, wrong (${key}) · wrong (Shift ${key}) · rename (F2)` : "Rename (F2)"}
      onClick=${() => turn(index)} onFocus=${onReach}
      onContextMenu=${(event) => { event.preventDefault(); onRename(); }}
      onDblClick=${onRename}
      onPointerEnter=${() => onPoint(name)} onPointerLeave=${() => onPoint(null)}>
      ${key && html`<kbd>${key}</kbd>`}
      <span class="name">${to ? html`<s>${name}</s> ${to}` : name}</span>
      ${confidence != null && html`<span class="sure">${percent(confidence)}</span>`}
      ${MARKS[state] && html`<${Icon} name=${MARKS[state]} />`}
    </button>`;
}

// `onPoint(name or null)`: the pointer is on that tag.
export function TagChips({ onPoint }) {
  const [renaming, setRenaming] = useState(null); // a name
  const [reached, setReached] = useState(0);
  const list = useRef(null);
  const rows = row.value;
  const last = rows.length - 1;
  const focus = (index) => list.current?.querySelectorAll("button")[index]?.focus();
  const rename = (index) => rows[index].stood !== "nearly" && setRenaming(rows[index].name);
  const pressed = (event) => {
    if (event.target.closest("input")) return;
    const at = Math.min(reached, last);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: last }[event.key];
    if (to !== undefined) focus(Math.max(0, Math.min(to, last)));
    else if (event.key === "F2") rename(at);
    else if (event.key === "Delete" || event.key === "Backspace") remove(at);
    else return;
    event.preventDefault();
  };
  const leave = (index, byKey) => {
    setRenaming(null);
    if (byKey) requestAnimationFrame(() => focus(index));
  };
  if (!rows.length) return html`<p class="faint">No tags: no tagger was sure enough of anything.</p>`;
  return html`
    <div class="tagchips" role="toolbar" aria-label="Tags of this picture" ref=${list}
      onKeyDown=${pressed}>
      ${rows.map((chip, index) => (renaming === chip.name
        ? html`
          <${TagInput} key=${chip.name} label=${`Rename ${chip.name}`} initial=${chip.name}
            onTake=${(to) => { speak(chip.name, { verdict: "rename", to }); leave(index, true); }}
            onLeave=${(byKey) => leave(index, byKey)} />`
        : html`
          <${Chip} key=${chip.name} chip=${chip} index=${index} onPoint=${onPoint}
            reached=${index === Math.min(reached, last)} onReach=${() => setReached(index)}
            onRename=${() => rename(index)} />`))}
    </div>
    ${draft.value.size > 0 && html`
      <p class="faint note">Kept when you go on; Undo takes it back.</p>`}`;
}
