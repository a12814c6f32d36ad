// Visits: who is here now, and who was, newest first.
import { batch, effect, signal, untracked } from "@preact/signals";
import { get } from "./api.mjs";
import { view } from "./route.mjs";

const PAGE = 50; // visits a request
const CALM = 500; // ms between two requests

export const present = signal([]); // the open visits
export const visits = signal(null); // null before the first answer
export const problem = signal(null);
export const older = signal(null); // the cursor of the page below, null at the end

let due = false;
let asking = false;

// Somebody came or went: calls meanwhile are answered together.
export async function recount() {
  due = true;
  if (asking) return;
  asking = true;
  while (due && view.peek() !== "pictures" && !document.hidden) {
    due = false;
    await (view.peek() === "now" ? count() : reload());
    await new Promise((resolve) => { setTimeout(resolve, CALM); });
  }
  asking = false;
}

async function count() {
  const answer = await get("visits", { open: true, limit: 500 }).catch(() => null);
  if (answer) present.value = answer.visits;
}

// The newest ones again; what was scrolled to below them stays.
export async function reload() {
  try {
    const page = await get("visits", { limit: PAGE });
    const ids = new Set(page.visits.map(({ id }) => id));
    const list = visits.peek() ?? [];
    const joint = list.findLastIndex(({ id }) => ids.has(id));
    const below = joint < 0 ? [] : list.slice(joint + 1); // no joint: a gap, so start afresh
    batch(() => {
      visits.value = [...page.visits, ...below];
      if (!below.length) older.value = page.next;
      problem.value = null;
    });
  } catch (error) {
    problem.value = error;
  }
}

// Visits that are gone for ever, by their ids.
export function drop(ids) {
  const left = (list) => list.filter(({ id }) => !ids.includes(id));
  present.value = left(present.peek());
  if (visits.peek()) visits.value = left(visits.peek());
}

export async function more() {
  const page = await get("visits", { limit: PAGE, before: older.peek() }).catch(() => null);
  if (!page) return;
  batch(() => {
    visits.value = [...visits.peek(), ...page.visits];
    older.value = page.next;
  });
}

effect(() => {
  if (view.value !== "pictures") untracked(recount);
});
