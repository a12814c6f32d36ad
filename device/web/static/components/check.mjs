// The box on a picture of the grid that chooses it.
import { useComputed } from "@preact/signals";
import { html } from "../html.mjs";
import { chooseTo, chosen, isChosen, toggle } from "../chosen.mjs";
import { may } from "../me.mjs";

// A click on a picture opens it; with Shift, or while others are chosen, it chooses it.
export function choosing(event, id) {
  if (event.button || event.ctrlKey || event.metaKey || event.altKey || !may("reviewer")) return;
  const onBox = Boolean(event.target.closest(".check"));
  if (!event.shiftKey && (onBox || !chosen.peek().length)) return;
  event.preventDefault();
  event.stopPropagation();
  if (event.shiftKey) chooseTo(id);
  else toggle(id);
}

export function Check({ picture }) {
  const on = useComputed(() => isChosen(picture.id));
  return html`
    <label class=${`check ${on.value ? "on" : ""}`}>
      <input type="checkbox" tabindex="-1" checked=${on.value}
        aria-label=${`Choose ${picture.name ?? picture.source}`}
        onChange=${() => toggle(picture.id)} />
    </label>`;
}
