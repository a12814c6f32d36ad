// How far the review is: of everyone together, as the device counts, and what is on its way to it.
import { effect, signal } from "@preact/signals";
import { get } from "./api.mjs";
import { query, view } from "./route.mjs";
import { unsaved } from "./saving.mjs";

const CALM = 2000; // ms between two counts
const REST = 30_000; // ms: a longer break is not work
const RECENT = 30; // pictures that the pace is of

export const progress = signal(null); // {waiting, reviewed, people}
export const ahead = signal(0); // reviewed since that was counted

let due = 0;

export async function count() {
  clearTimeout(due);
  due = 0;
  const asked = query.peek();
  const answer = await get("review/progress", { q: asked }).catch(() => null);
  if (!answer || asked !== query.peek() || unsaved.peek().length) return;
  progress.value = answer;
  ahead.value = 0;
}

effect(() => { // counted again when what was done has reached the device
  if (view.value === "review" && !unsaved.value.length) due ||= setTimeout(count, CALM);
});

// Pictures a minute, of the moments (ms) at which they were judged; null: too few to say.
export function pace(moments) {
  const last = moments.slice(-RECENT);
  const gaps = last.slice(1).map((moment, index) => moment - last[index]).filter((ms) => ms < REST);
  const spent = gaps.reduce((sum, ms) => sum + ms, 0);
  return gaps.length < 2 || !spent ? null : Math.round(gaps.length / (spent / 60_000));
}
