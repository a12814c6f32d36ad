// What every part of the page may ask: the time, whether anyone looks, and a voice for readers.
import { signal } from "@preact/signals";

export const now = signal(Date.now()); // ms; moves every 20 s, enough for "2 min ago"
export const said = signal([]); // the last announcements, {id, text}: screen readers read them out

// Calls `work` now, then every `ms` while the page is looked at, and at once on coming back.
export function whileSeen(ms, work) {
  const turn = () => document.hidden || work();
  setInterval(turn, ms);
  document.addEventListener("visibilitychange", turn);
  turn();
}
whileSeen(20_000, () => { now.value = Date.now(); });

let count = 0;
export function say(text) {
  count += 1;
  said.value = [...said.peek().slice(-2), { id: count, text }];
}
