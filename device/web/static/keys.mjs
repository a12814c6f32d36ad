// The keyboard: one listener, one table a place. Keys never act while an input has the focus.
import { signal } from "@preact/signals";
import { may } from "./me.mjs";
import { VIEWS, pictureId, showView } from "./route.mjs";

export const boxesShown = signal(true); // in the picture view
export const helpShown = signal(false);
export const viewKeys = signal({}); // of the view that is shown, key: action; they go first

export const HELP = [
  ["/  or  Ctrl K", "search"],
  ["← → ↑ ↓  or  j k", "next, previous picture"],
  ["Enter", "open the picture"],
  ["b", "show or hide the boxes of the open picture"],
  ["u", "upload pictures"],
  ["g  then  p n v r t i s y", "go to pictures, now, visits, review, tags, insights, settings, system"],
  ["Esc", "close, clear the search"],
  ["?", "this help"],
];

const STEP = { ArrowRight: 1, j: 1, ArrowLeft: -1, k: -1 };

export function listenToKeys({ focusSearch, chooseFiles, step, moveFocus }) {
  const page = {
    "/": focusSearch,
    "?": () => { helpShown.value = true; },
    u: chooseFiles,
    g: () => { going = true; },
    ArrowDown: () => moveFocus(0, 1),
    ArrowUp: () => moveFocus(0, -1),
  };
  const places = Object.fromEntries(VIEWS.map(([name, , role, key]) =>
    [key, () => (may(role) ? showView(name) : false)]));
  let going = false; // g was the key before
  const view = { b: () => { boxesShown.value = !boxesShown.value; } };

  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.target.closest("input, textarea, select")) return;
    const chord = event.ctrlKey || event.metaKey;
    const move = STEP[event.key];
    if (chord || event.altKey) {
      if (chord && event.key === "k" && !pictureId.value) act(event, focusSearch);
    } else if (pictureId.value) {
      act(event, move ? () => step(move) : view[event.key]);
    } else if (!document.querySelector("dialog[open]")) {
      const goes = going && places[event.key];
      going = false;
      act(event, goes || viewKeys.value[event.key]
        || (move ? () => moveFocus(move, 0) : page[event.key]));
    }
  });
}

// An action answers false when it has nothing to do: then the key keeps its usual meaning.
function act(event, action) {
  if (action && action() !== false) event.preventDefault();
}
