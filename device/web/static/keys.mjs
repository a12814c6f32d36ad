// The keyboard: one listener, one table a place. Keys never act while an input has the focus.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { may } from "./me.mjs";
import { VIEWS, pictureId, showView } from "./route.mjs";

export const boxesShown = signal(true); // in the picture view
export const helpShown = signal(false);
export const viewKeys = signal({}); // of the view that is shown, key: action; they go first
export const viewHelp = signal([]); // of the view that is shown, as HELP
export const pictureKeys = signal({}); // of the open picture, key: action; they go first

// The keys of a view and their help, for as long as it is shown.
export const useViewKeys = (keys, help) => useEffect(() => {
  viewKeys.value = keys;
  viewHelp.value = help;
  return () => {
    viewKeys.value = {};
    viewHelp.value = [];
  };
}, [keys, help]);

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

// The name of a key in these tables: "a", "ArrowUp", "Ctrl+z", "Shift+1" (whatever that types).
function named({ key, code, ctrlKey, metaKey, shiftKey }) {
  if (ctrlKey || metaKey) return `Ctrl+${key.toLowerCase()}`;
  const digit = /^Digit[1-9]$/.test(code) && !/^[0-9]$/.test(key);
  if (shiftKey && digit) return `Shift+${code.at(-1)}`;
  return shiftKey && key.length > 1 ? `Shift+${key}` : key;
}

const WRITING = "input:not([type=checkbox]), textarea, select";

// Where the key has its own meaning: on a button or link.
const PRESSES = new Set([" ", "Enter"]);

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
    if (event.defaultPrevented || event.target.closest(WRITING)) return;
    if (event.altKey || PRESSES.has(event.key) && event.target.closest("a, button, input")) return;
    const chord = event.ctrlKey || event.metaKey;
    const name = named(event);
    const move = STEP[event.key];
    if (pictureId.value) {
      act(event, pictureKeys.value[name]
        || (chord ? undefined : move ? () => step(move) : view[event.key]));
    } else if (chord) {
      const own = !document.querySelector("dialog[open]") && viewKeys.value[name];
      act(event, own || (event.key === "k" && focusSearch));
    } else if (!document.querySelector("dialog[open]")) {
      const goes = going && places[event.key];
      going = false;
      act(event, goes || viewKeys.value[name]
        || (move ? () => moveFocus(move, 0) : page[event.key]));
    }
  });
}

// An action answers false when it has nothing to do: then the key keeps its usual meaning.
function act(event, action) {
  if (action && action() !== false) event.preventDefault();
}
