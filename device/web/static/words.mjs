// The vocabulary: all words, the one that is looked at, and what is wanted of it.
import { batch, computed, effect, signal } from "@preact/signals";
import { command, get, putText, text } from "./api.mjs";
import { say, whileSeen } from "./ambient.mjs";
import { view } from "./route.mjs";

const EVERY = 30_000; // ms: others change words too
const PAUSE = 200; // ms after the last change of a draft
const FILE = "vocabulary-file";

export const words = signal(null); // null before the first answer
export const trouble = signal(null); // why there is none: a Problem
export const fileProblem = signal(null); // why the owner's file is not in force
export const ideas = signal([]); // what reviews suggest
export const chosen = signal(null); // name of the word that is looked at
export const draft = signal({}); // what is wanted of it, as the API takes it
export const outcome = signal(null); // of the draft: {diff, problem}; null while it is asked
export const saving = signal(false);
export const undo = signal(null); // {what, text, tag}: how to take the last change back

export const filter = signal("");
export const shown = signal("used"); // or "all", "own", "dropped"
export const order = signal("count"); // or "name", "threshold", "rejected"

const KINDS = {
  used: (word) => word.count > 0 && !word.dropped,
  all: () => true,
  own: (word) => word.threshold_from === "file" || word.dropped || word.renamed_from.length > 0,
  dropped: (word) => word.dropped,
};
const byName = (a, b) => (a.name < b.name ? -1 : 1);
const most = (of) => (a, b) => of(b) - of(a) || byName(a, b);
const ORDERS = {
  name: byName,
  count: most((word) => word.count ?? 0),
  threshold: most((word) => word.threshold ?? 0),
  rejected: most((word) => word.reviews?.rejected ?? 0),
};
const calledSo = (word, asked) => [word.name, ...word.renamed_from, ...word.synonyms]
  .some((name) => name.includes(asked));

// A search looks at every word, whatever is chosen to be shown.
export const listed = computed(() => {
  const asked = filter.value.trim().toLowerCase();
  const wanted = asked ? (word) => calledSo(word, asked) : KINDS[shown.value];
  return (words.value ?? []).filter(wanted).sort(ORDERS[order.value]);
});
export const word = computed(() => words.value?.find(({ name }) => name === chosen.value) ?? null);

let known = null; // etag of the file that the words are of

export async function look() {
  if (view.value !== "tags") return;
  try {
    const [answer, learnt] = await Promise.all([get("vocabulary"), get("vocabulary/suggestions")]);
    const first = words.peek() === null;
    batch(() => {
      known = answer.etag;
      words.value = answer.tags;
      fileProblem.value = answer.problem;
      ideas.value = learnt.suggestions;
      trouble.value = null;
      if (first && !answer.tags.some(KINDS.used)) shown.value = "all";
    });
  } catch (problem) {
    trouble.value = problem;
  }
}

const path = (name) => `vocabulary/${encodeURIComponent(name)}`;
const match = () => ({ "If-Match": `"${known}"` });

export function choose(name) {
  batch(() => {
    chosen.value = name;
    draft.value = {};
    outcome.value = null;
  });
}

// Adds to the draft; `undefined` takes a wish back. What it comes to is asked for after a pause.
let due = 0;
export function wish(key, value) {
  const { [key]: _, ...rest } = draft.peek();
  batch(() => {
    draft.value = value === undefined ? rest : { ...rest, [key]: value };
    outcome.value = null;
  });
  clearTimeout(due);
  if (Object.keys(draft.peek()).length) due = setTimeout(ask, PAUSE);
}

async function ask() {
  const [name, asked] = [chosen.peek(), draft.peek()];
  const found = await command("PATCH", `${path(name)}?dry_run=true`, asked)
    .then(({ diff }) => ({ diff }), (problem) => ({ problem }));
  if (asked === draft.peek()) outcome.value = found;
}

export const save = () => change(chosen.peek(), draft.peek());

// Changes a word, and remembers how to take that back. True when it is done.
export async function change(name, wanted) {
  saving.value = true;
  try {
    const before = await text(FILE);
    const done = await command("PATCH", path(name), wanted, match());
    const today = wanted.rename ?? name;
    undo.value = { what: told(name, wanted), text: before.text, tag: `"${done.etag}"` };
    say(undo.value.what);
    await look();
    if (chosen.peek() === name) choose(words.peek().some((one) => one.name === today) ? today : null);
    return true;
  } catch (problem) {
    if (problem.status === 412) { // what was meant may still be wanted of the newer file
      await look();
      await ask();
    }
    outcome.value = { ...outcome.peek(), problem };
    return false;
  } finally {
    saving.value = false;
  }
}

export async function takeBack() {
  const { text: former, tag } = undo.peek();
  undo.value = null;
  try {
    await putText(FILE, former, tag);
    say("Taken back");
  } catch (problem) {
    undo.value = { failed: problem.message };
    say(problem.message);
  }
  await look();
  choose(words.peek()?.some(({ name }) => name === chosen.peek()) ? chosen.peek() : null);
}

function told(name, { rename, drop, threshold, ...lists }) {
  if (drop !== undefined) return drop ? `${name} is dropped` : `${name} is said again`;
  if (rename) return `${name} is called ${rename} now`;
  if (rename === null) return `${name} has its first name again`;
  if (threshold != null) return `${name} is said from ${threshold} on`;
  return Object.keys(lists).length ? `${name} is changed` : `${name} has its first threshold again`;
}

export function watchWords() {
  effect(() => { if (view.value === "tags") look(); });
  whileSeen(EVERY, look);
}
