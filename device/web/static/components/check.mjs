// The box on a picture of the grid that chooses it.
import { useComputed } from "@preact/signals";
import { useRef } from "preact/hooks";
import { html } from "../html.mjs";
import { chooseTo, chosen, isChosen, toggle } from "../chosen.mjs";
import { may } from "../me.mjs";

// A click on a picture opens it; with Shift, or while others are chosen, it chooses it. (The
// keyboard's click has no detail.)
export function choosing(event, id) {
  if (event.ctrlKey || event.metaKey || event.altKey || !may("reviewer")) return;
  if (!event.detail || event.target.closest(".pick")) return;
  if (!event.shiftKey && !chosen.peek().length) return;
  event.preventDefault();
  event.stopPropagation();
  if (event.shiftKey) chooseTo(id);
  else toggle(id);
}

export function Check({ picture: { id, name, source } }) {
  const on = useComputed(() => isChosen(id));
  const withShift = useRef(false);
  const changed = (event) => {
    if (withShift.current) chooseTo(id);
    else toggle(id);
    event.target.checked = isChosen(id);
  };
  return html`
    <label class=${`pick ${on.value ? "on" : ""}`}>
      <input type="checkbox" tabindex="-1" checked=${on.value} aria-label=${`Choose ${name ?? source}`}
        onClick=${(event) => { withShift.current = event.shiftKey; }} onChange=${changed} />
    </label>`;
}
