// Many pictures of one tag at once: those that are wrong are pointed out, the others are right.
import { batch, computed, signal } from "@preact/signals";
import { get } from "./api.mjs";
import { say } from "./ambient.mjs";
import { latest } from "./latest.mjs";
import { label, query } from "./route.mjs";
import { judgeMany, undo as undoDeed } from "./reviews.mjs";
import { plural } from "./text.mjs";

const AT_ONCE = 40; // pictures on the screen
const PAGE = 120; // pictures a request

const found = signal([]); // pictures that have the tag as it was proposed
export const wrong = signal(new Set()); // ids
export const status = signal("loading"); // "loading", "ready" or "failed"
export const problem = signal(null); // why it failed: a Problem
export const names = signal([]); // tags that wait for somebody, most frequent first

const stillOpen = (picture) => latest(picture).tags
  .some(({ name, state }) => name === label.value && state === "proposed");
export const shown = computed(() => found.value.filter(stillOpen).slice(0, AT_ONCE));

const proposed = (q, tag) => [
  q && `(${q})`, tag && `tags = "${tag.replaceAll(/["\\]/g, "\\$&")}"`, "state = proposed",
].filter(Boolean).join(" AND ");

let cursor = null;

async function fetchPage(before) {
  const asked = [query.peek(), label.peek()];
  const page = await get("pictures", { q: proposed(...asked), limit: PAGE, before });
  if (asked[0] !== query.peek() || asked[1] !== label.peek()) return;
  cursor = page.next;
  batch(() => {
    found.value = before ? [...found.peek(), ...page.pictures] : page.pictures;
    status.value = "ready";
  });
}

export async function load() {
  batch(() => {
    found.value = [];
    wrong.value = new Set();
    status.value = "loading";
  });
  cursor = null;
  try {
    if (label.peek()) await fetchPage(null);
    else status.value = "ready";
    const { tags } = await get("facets", { q: proposed(query.peek(), ""), limit: 30 });
    names.value = tags.map(({ name }) => name);
  } catch (error) {
    problem.value = error;
    status.value = "failed";
  }
}

export function toggle(id) {
  const next = new Set(wrong.peek());
  if (!next.delete(id)) next.add(id);
  wrong.value = next;
  say(next.has(id) ? "Wrong" : "Right");
}

// What is pointed out is rejected, the others are accepted, and the next ones come.
export function commit() {
  const all = shown.peek().map(latest);
  if (!all.length) return false;
  const tag = label.peek();
  const bad = all.filter(({ id }) => wrong.peek().has(id));
  const good = all.filter(({ id }) => !wrong.peek().has(id));
  const parts = [
    { pictures: good, verdicts: [{ verdict: "accept", tag }] },
    { pictures: bad, verdicts: [{ verdict: "reject", tag }] },
  ].filter(({ pictures }) => pictures.length);
  const text = `${tag}: accepted ${good.length}, rejected ${bad.length}`;
  wrong.value = new Set();
  judgeMany(parts, text);
  say(`${text}. ${plural(shown.peek().length, "picture")} shown`);
  if (cursor && shown.peek().length < AT_ONCE) fetchPage(cursor).catch(() => {});
  return true;
}

// The pictures that it was about are shown again, first.
export function undo() {
  const deed = undoDeed(() => load());
  if (!deed) return say("Nothing to undo");
  const ids = new Set(deed.before.map(({ id }) => id));
  found.value = [...deed.before, ...found.peek().filter(({ id }) => !ids.has(id))];
}
