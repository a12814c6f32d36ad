// Visits: who is here now, and who was, newest first.
import { batch, effect, signal, untracked } from "@preact/signals";
import { get } from "./api.mjs";
import { view } from "./route.mjs";

const PAGE = 50; // visits a request
const MISSING = 404; // a tagd that knows no visits

export const present = signal([]); // the open visits
export const visits = signal(null); // null before the first answer
export const problem = signal(null);
export const older = signal(null); // the cursor of the page below, null at the end

let known = true;
let due = false;
let asking = false;

// Somebody came or went: calls meanwhile are answered together.
export async function recount() {
  due = true;
  if (asking) return;
  asking = true;
  while (due && known && view.peek() !== "pictures" && !document.hidden) {
    due = false;
    await (view.peek() === "now" ? count() : reload());
  }
  asking = false;
}

async function count() {
  try {
    present.value = (await get("visits", { open: true, limit: 500 })).visits;
  } catch ({ status }) {
    known = status !== MISSING;
  }
}

export async function reload() {
  try {
    const page = await get("visits", { limit: PAGE });
    batch(() => {
      visits.value = page.visits;
      older.value = page.next;
      problem.value = null;
    });
  } catch (error) {
    known = error.status !== MISSING;
    problem.value = error;
  }
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
