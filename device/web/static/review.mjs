// The review: pictures that nobody has judged yet, one after another, and what is said of the one
// that is shown. What is said of its tags is a draft until it is left; undo goes back through it.
import { batch, computed, effect, signal } from "@preact/signals";
import { get } from "./api.mjs";
import { say } from "./ambient.mjs";
import { latest, learn } from "./latest.mjs";
import { order, query } from "./route.mjs";
import { judge, undo as undoDeed } from "./reviews.mjs";
import { chips, drafted, nothingThere, verdicts, words } from "./verdicts.mjs";

const PAGE = 30; // pictures a request
const NEAR = 10; // so few left: the page below is fetched
const AHEAD = 3; // pictures that are fetched and decoded before they are looked at

export const ORDERS = [
  ["uncertain", "Uncertain first"], ["newest", "Newest first"], ["rare", "Rare tags first"]];

const items = signal([]); // as they came, those that were judged included
const at = signal(0); // at the end: nothing is left of what came
export const status = signal("loading"); // "loading", "ready" or "failed"
export const problem = signal(null); // why it failed: a Problem
export const draft = signal(new Map()); // of verdicts.mjs
export const counted = signal([]); // moments (ms) of what was judged in this session
export const adding = signal(null); // {box or null} while a tag is being added
export const zoomed = signal(false);
export const infoShown = signal(false);

export const current = computed(() => {
  const item = items.value[at.value];
  return item ? latest(item) : null;
});
export const row = computed(() => (current.value ? chips(current.value, draft.value) : []));
export const place = computed(() => ({ first: at.value === 0, at: at.value }));

let next = null; // cursor of the page below, null at the end
let loading = null; // the AbortController of the request that fills the list
let drafts = []; // the drafts before this one

const isOpen = (picture) => !latest(picture).reviewed_at;

// The pictures that are to be judged, followed from here on. What is being saved may still be among
// those that came.
function open(list) {
  learn(list.filter((picture) => latest(picture) === picture));
  return list.filter(isOpen);
}

async function page(after) {
  loading?.abort();
  const mine = new AbortController();
  loading = mine;
  const asked = { q: query.peek(), order: order.peek() ?? ORDERS[0][0], limit: PAGE, after };
  try {
    const found = await get("review/queue", asked, mine.signal);
    return loading === mine ? found : null;
  } finally {
    if (loading === mine) loading = null;
  }
}

export async function load() {
  flush();
  status.value = "loading";
  try {
    const found = await page(null);
    if (!found) return;
    next = found.next;
    batch(() => {
      items.value = open(found.pictures);
      at.value = 0;
      status.value = "ready";
      problem.value = null;
    });
    if (!items.peek().length && next) await more();
  } catch (error) {
    if (error.name === "AbortError") return;
    batch(() => {
      items.value = [];
      problem.value = error;
      status.value = "failed";
    });
  }
}

async function more() {
  if (!next || loading) return;
  const found = await page(next).catch((error) => {
    if (error.name !== "AbortError" && !current.peek()) problem.value = error;
    return null;
  });
  if (!found) return;
  next = found.next;
  const known = new Set(items.peek().map(({ id }) => id));
  const fresh = found.pictures.filter(({ id }) => !known.has(id));
  items.value = [...items.peek(), ...open(fresh)];
  if (!current.peek() && next) await more();
}

// Whether pictures are still on their way.
export const isFetching = () => status.value === "loading" || Boolean(next && !problem.value);

// The pictures that come next are fetched and decoded before anyone asks for them.
const decoded = new Map(); // by address
const largest = (picture) => picture.url ?? picture.thumbnail_url;
effect(() => {
  const near = items.value.slice(at.value, at.value + 1 + AHEAD).map(largest).filter(Boolean);
  for (const url of decoded.keys()) if (!near.includes(url)) decoded.delete(url);
  for (const url of near) {
    if (decoded.has(url)) continue;
    const image = new Image();
    image.src = url;
    image.decode().catch(() => {}); // the stage says what cannot be shown
    decoded.set(url, image);
  }
  if (status.value === "ready" && items.value.length - at.value < NEAR) more();
});

function go(to) {
  drafts = [];
  batch(() => {
    draft.value = new Map();
    at.value = Math.max(0, Math.min(to, items.peek().length));
  });
}

function forward() {
  const list = items.peek();
  const to = list.findIndex((picture, index) => index > at.peek() && isOpen(picture));
  go(to < 0 ? list.length : to);
}

function settle(picture, said) {
  judge(picture, said);
  counted.value = [...counted.peek(), performance.now()];
}

// What was said of the tags is kept also when one just walks on.
export function flush() {
  const picture = current.peek();
  if (!picture || !draft.peek().size) return;
  settle(picture, verdicts(picture, draft.peek()));
  drafts = [];
  draft.value = new Map();
}

const SAYS = {
  accept: (picture) => verdicts(picture, draft.peek(), "accept"),
  reject: (picture) => verdicts(picture, draft.peek(), "reject"),
  empty: nothingThere,
  reviewed: (picture) => verdicts(picture, draft.peek()),
};

// Judges the picture and goes on to the next: "accept" or "reject" what is open, "empty": nothing
// is there, "reviewed": right as it is.
export function decide(how) {
  const picture = current.peek();
  if (!picture) return false;
  const said = SAYS[how](picture);
  settle(picture, said);
  forward();
  say(`${words(said)}. ${described()}`);
  return true;
}

function described() {
  if (!current.peek()) return "No picture is left";
  return row.peek().filter(({ stood }) => stood !== "nearly").map(({ name }) => name).join(", ")
    || "Next: no tags";
}

export function skip() {
  if (!current.peek()) return false;
  drafts = [];
  draft.value = new Map();
  forward();
  say(`Skipped. ${described()}`);
  return true;
}

export function walk(by) {
  const to = at.peek() + by;
  if (to < 0 || to > items.peek().length) return;
  flush();
  go(to);
  say(described());
}

export function show(id) {
  const to = items.peek().findIndex((picture) => picture.id === id);
  flush();
  if (to >= 0) go(to);
  return to >= 0;
}

// Says `said` (of verdicts.mjs, or null) of one tag of the picture.
export function speak(name, said) {
  drafts.push(draft.peek());
  draft.value = drafted(draft.peek(), name, said);
  const now = row.peek().find((chip) => chip.name === name);
  say(now ? `${name}: ${now.state}${now.to ? ` to ${now.to}` : ""}` : `${name}: taken away`);
}

export function undo() {
  if (drafts.length) {
    draft.value = drafts.pop();
    say("Undone");
    return;
  }
  const deed = undoDeed((now) => deed.before.length || back(now));
  if (!deed) return say("Nothing to undo");
  counted.value = counted.peek().slice(0, -1);
  if (deed.before.length === 1) back(deed.before);
}

// Shows the picture whose review was undone, also where it is not in the list (any more).
function back([picture, ...others]) {
  if (!picture || others.length || current.peek()?.id === picture.id || show(picture.id)) return;
  const list = items.peek();
  items.value = [...list.slice(0, at.peek()), picture, ...list.slice(at.peek())];
  go(at.peek());
}

// A picture as others left it, looked at again.
export function lookAgain(picture) {
  learn([picture]);
  flush();
  back([picture]);
}
