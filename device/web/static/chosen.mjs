// The pictures of the grid that are chosen, to do something with all of them.
import { computed, effect, signal } from "@preact/signals";
import { say } from "./ambient.mjs";
import { pictures } from "./gallery.mjs";
import { latest } from "./latest.mjs";
import { query, view } from "./route.mjs";
import { plural } from "./text.mjs";

const ids = signal(new Set());
let anchor = null; // where a range begins

export const chosen = computed(() => pictures.value.filter(({ id }) => ids.value.has(id))
  .map(latest));
export const isChosen = (id) => ids.value.has(id);

function choose(next) {
  ids.value = next;
  say(`${plural(chosen.peek().length, "picture")} chosen`);
}

export function toggle(id) {
  const next = new Set(ids.peek());
  if (!next.delete(id)) next.add(id);
  anchor = id;
  choose(next);
}

// All from the one that was chosen last to this one.
export function chooseTo(id) {
  const place = (one) => pictures.peek().findIndex((picture) => picture.id === one);
  const [from, to] = [place(anchor), place(id)].sort((a, b) => a - b);
  if (from < 0) return toggle(id);
  const range = pictures.peek().slice(from, to + 1).map((picture) => picture.id);
  return choose(new Set([...ids.peek(), ...range]));
}

export const chooseAll = () => choose(new Set(pictures.peek().map(({ id }) => id)));

export function chooseNone() {
  if (!ids.peek().size) return false;
  anchor = null;
  choose(new Set());
  return true;
}

effect(() => { // another search, another view: nothing is chosen there
  query.value;
  view.value;
  anchor = null;
  ids.value = new Set();
});
