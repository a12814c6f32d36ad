// The pictures of the present query, newest first, as far as they have been scrolled to.
import { batch, effect, signal, untracked } from "@preact/signals";
import { get } from "./api.mjs";
import { plural } from "./text.mjs";
import { say } from "./ambient.mjs";
import { query } from "./route.mjs";

const PAGE = 48; // pictures a request
const CALM = 1000; // ms between two looks for new pictures

export const pictures = signal([]);
export const status = signal("loading"); // "loading", "ready" or "failed"
export const problem = signal(null); // why it failed: a Problem
export const held = signal(0); // new pictures that wait behind the pill

const arrived = new WeakSet(); // came in while the page was open: the tile lights up once
export const isArrival = (picture) => arrived.has(picture);

let next = null; // cursor of the page below, null at the end
let waiting = null; // the first page as it is now, not shown while someone reads further down
let loading = null; // the AbortController of the request that fills the list

function show(list, cursor) {
  batch(() => {
    pictures.value = list;
    held.value = 0;
    status.value = "ready";
  });
  next = cursor;
  waiting = null;
}

export async function reload() {
  loading?.abort();
  const mine = new AbortController();
  loading = mine;
  batch(() => {
    status.value = "loading";
    problem.value = null;
    held.value = 0;
  });
  try {
    const page = await get("pictures", { q: query.peek(), limit: PAGE }, mine.signal);
    if (loading === mine) show(page.pictures, page.next);
  } catch (error) {
    if (loading === mine) fail(error);
  } finally {
    if (loading === mine) loading = null;
  }
}

// Pictures that are gone for ever, by their ids.
export function drop(ids) {
  const gone = new Set(ids);
  const left = (list) => list.filter(({ id }) => !gone.has(id));
  if (waiting) waiting = { ...waiting, pictures: left(waiting.pictures) };
  if (pictures.peek().some(({ id }) => gone.has(id))) pictures.value = left(pictures.peek());
}

function fail(error) {
  batch(() => {
    pictures.value = [];
    status.value = "failed";
    problem.value = error;
  });
  next = null;
}

// Adds the page below. True while there may be more.
export async function more() {
  if (loading || !next) return Boolean(next);
  const mine = new AbortController();
  const before = next;
  loading = mine;
  try {
    const page = await get("pictures", { q: query.peek(), limit: PAGE, before }, mine.signal);
    if (loading === mine && next === before) {
      pictures.value = [...pictures.peek(), ...page.pictures];
      next = page.next;
    }
  } catch {
    return false; // the next scroll, or the next event, tries again
  } finally {
    if (loading === mine) loading = null;
  }
  return Boolean(next);
}

// Asks for the first page again and puts what is new on top: right for any query, and one
// request however many pictures came. Calls within CALM of each other are answered together.
let due = false;
let looking = false;
export async function refresh() {
  due = true;
  if (looking) return;
  looking = true;
  while (due && !document.hidden) {
    due = false;
    await look();
    await new Promise((resolve) => { setTimeout(resolve, CALM); });
  }
  looking = false;
}

async function look() {
  if (status.peek() === "failed" && !problem.peek().column) await reload();
  if (status.peek() !== "ready") return;
  const asked = query.peek();
  const page = await get("pictures", { q: asked, limit: PAGE }).catch(() => null);
  if (!page || asked !== query.peek() || status.peek() !== "ready") return;
  const known = new Map(pictures.peek().map((picture) => [picture.id, picture]));
  const fresh = page.pictures.filter((picture) => !known.has(picture.id));
  fresh.forEach((picture) => arrived.add(picture));
  if (fresh.length && fresh.length !== held.peek()) say(plural(fresh.length, "new picture"));
  waiting = { ...page, pictures: page.pictures.map((picture) => same(known, picture)) };
  if (fresh.length && scrollY > 200) held.value = fresh.length;
  else showWaiting();
}

// An unchanged picture stays the same object, so that its tile is not drawn again.
function same(known, picture) {
  const old = known.get(picture.id);
  return old && JSON.stringify(old) === JSON.stringify(picture) ? old : picture;
}

export function showWaiting() {
  if (!waiting) return;
  const { pictures: top, next: cursor } = waiting;
  const ids = new Set(top.map((picture) => picture.id));
  const list = pictures.peek();
  const joint = list.findLastIndex((picture) => ids.has(picture.id));
  const below = joint < 0 ? [] : list.slice(joint + 1); // no joint: a gap, so start afresh
  show([...top, ...below], below.length ? next : cursor);
}

effect(() => {
  query.value; // a new query is a new list
  untracked(reload);
});
