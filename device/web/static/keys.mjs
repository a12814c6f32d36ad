// The keyboard: one listener, one table a place. Keys never act while an input has the focus.
import { signal } from "@preact/signals";
import { VIEWS, pictureId, showView } from "./route.mjs";

export const boxesShown = signal(true); // in the picture view
export const helpShown = signal(false);

export const HELP = [
  ["/  or  Ctrl K", "search"],
  ["← → ↑ ↓  or  j k", "next, previous picture"],
  ["Enter", "open the picture"],
  ["b", "show or hide the boxes of the open picture"],
  ["u", "upload pictures"],
  ["1  2  3", "pictures, now, visits"],
  ["Esc", "close, clear the search"],
  ["?", "this help"],
];

const STEP = { ArrowRight: 1, j: 1, ArrowLeft: -1, k: -1 };

export function listenToKeys({ focusSearch, chooseFiles, step, moveFocus }) {
  const page = {
    "/": focusSearch,
    "?": () => { helpShown.value = true; },
    u: chooseFiles,
    ...Object.fromEntries(VIEWS.map(([name], index) => [index + 1, () => showView(name)])),
    ArrowDown: () => moveFocus(0, 1),
    ArrowUp: () => moveFocus(0, -1),
  };
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
      act(event, move ? () => moveFocus(move, 0) : page[event.key]);
    }
  });
}

// An action answers false when it has nothing to do: then the key keeps its usual meaning.
function act(event, action) {
  if (action && action() !== false) event.preventDefault();
}
