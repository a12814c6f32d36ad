// What can be done with the pictures that are chosen, in a bar below the grid.
import { signal } from "@preact/signals";
import { html } from "../html.mjs";
import { chooseAll, chooseNone, chooseTo, chosen, toggle } from "../chosen.mjs";
import { erase } from "../erase.mjs";
import { useViewKeys } from "../keys.mjs";
import { may } from "../me.mjs";
import { done, judgeMany, undo } from "../reviews.mjs";
import { plural, standing } from "../text.mjs";
import { moveFocus } from "./grid.mjs";
import { Dialog } from "./dialog.mjs";
import { Icon } from "./icon.mjs";
import { offered } from "./save_bar.mjs";
import { TagInput } from "./tag_input.mjs";

const asking = signal(null); // "add", "remove" or "delete" while that is asked

const has = (name) => ({ tags }) => standing(tags).some((tag) => tag.name === name);
const isOpen = ({ tags }) => tags.some(({ state }) => state === "proposed");
const names = () => [...new Set(chosen.value.flatMap(({ tags }) => standing(tags))
  .map(({ name }) => name))].sort();

function say(pictures, verdict, text) {
  asking.value = null;
  if (!pictures.length) return false;
  offered.value = judgeMany([{ pictures, verdicts: [verdict] }],
    `${text} ${plural(pictures.length, "picture")}`);
  chooseNone();
  return true;
}
const accept = () => say(chosen.peek(), { verdict: "accept" }, "accepted the tags of");
const reject = () => say(
  chosen.peek().filter(isOpen), { verdict: "reject" }, "rejected the proposed tags of");
const add = (tag) => say(chosen.peek(), { verdict: "add", tag }, `added ${tag} to`);
const remove = (tag) => say(
  chosen.peek().filter(has(tag)), { verdict: "reject", tag }, `removed ${tag} from`);
const ask = (what) => () => (chosen.peek().length ? (asking.value = what) : false);

const focused = () => document.activeElement?.closest?.(".slot > .tile")?.id.slice(2);
const onFocused = (act) => () => {
  if (!focused()) return false;
  act(focused());
  return true;
};
const reach = (dx, dy) => onFocused((from) => {
  if (!chosen.peek().some(({ id }) => id === from)) toggle(from);
  if (moveFocus(dx, dy)) chooseTo(focused());
});

const KEYS = {
  x: onFocused(toggle),
  "Ctrl+a": chooseAll,
  "Ctrl+z": () => (done.peek().length ? Boolean(undo()) : false),
  a: () => (chosen.peek().length ? accept() : false),
  X: () => (chosen.peek().length ? reject() : false),
  t: ask("add"),
  Delete: () => (may("administrator") ? ask("delete")() : false),
  Escape: chooseNone,
  "Shift+ArrowRight": reach(1, 0),
  "Shift+ArrowLeft": reach(-1, 0),
  "Shift+ArrowDown": reach(0, 1),
  "Shift+ArrowUp": reach(0, -1),
};

const HELP = [
  ["x", "choose the picture that has the focus"],
  ["Shift ← → ↑ ↓", "choose from here to there; with the mouse Shift and a click"],
  ["Ctrl A", "choose all that are shown"],
  ["a", "accept the tags of what is chosen"],
  ["Shift x", "reject the tags that nobody has accepted"],
  ["t", "add a tag to what is chosen"],
  ["Del", "delete what is chosen (administrators)"],
  ["Ctrl Z", "undo"],
];

const OWN = [KEYS, HELP];
const NONE = [{}, []];

function Sure() {
  const close = () => { asking.value = null; };
  const go = () => {
    erase(chosen.peek());
    chooseNone();
    close();
  };
  return html`
    <${Dialog} kind="ask" label="Delete pictures" onClose=${close}>
      <h2>Delete ${plural(chosen.value.length, "picture")} for good?</h2>
      <p>The picture files, tags and events go, and cannot be brought back.</p>
      <p class="links">
        <button class="no" onClick=${go}><${Icon} name="bin" />Delete</button>
        <button onClick=${close}>Keep</button>
      </p>
    <//>`;
}

const Action = ({ icon, text, name, act, kind = "" }) => html`
  <button class=${kind} title=${text} aria-label=${text} onClick=${act}>
    <${Icon} name=${icon} /><span>${text}</span>${name && html` <kbd>${name}</kbd>`}
  </button>`;

function Bar() {
  const leave = () => { asking.value = null; };
  return html`
    <div class="chosen-bar" role="toolbar" aria-label="What is chosen">
      <button class="plain" aria-label="Choose none" title="Choose none (Esc)" onClick=${chooseNone}>
        <${Icon} name="close" />
      </button>
      <strong>${chosen.value.length.toLocaleString("en")}</strong>
      ${asking.value === "add" && html`
        <${TagInput} label="Tag to add" onTake=${add} onLeave=${leave} />`}
      ${asking.value === "remove" && html`
        <${TagInput} label="Tag to remove" names=${names()} onTake=${remove} onLeave=${leave} />`}
      ${asking.value !== "add" && asking.value !== "remove" && html`
        <${Action} icon="check" text="Accept" name="a" act=${accept} kind="yes" />
        <${Action} icon="close" text="Reject" name="⇧x" act=${reject} kind="no" />
        <${Action} icon="plus" text="Add tag" name="t" act=${ask("add")} />
        <${Action} icon="minus" text="Remove tag" act=${ask("remove")} />
        ${may("administrator") && html`
          <${Action} icon="bin" text="Delete" name="Del" act=${ask("delete")} />`}`}
    </div>`;
}

export function Choice() {
  const able = may("reviewer");
  useViewKeys(...(able ? OWN : NONE));
  if (!chosen.value.length) return null;
  return html`<${Bar} />${asking.value === "delete" && html`<${Sure} />`}`;
}
