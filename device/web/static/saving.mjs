// Changes on their way to the device: one at a time and in order, tried again for as long as the
// device does not answer. Nobody waits for them; what cannot be saved is told.
import { signal } from "@preact/signals";

const PAUSES = [1, 2, 4, 8, 15].map((seconds) => seconds * 1000); // between two tries
const MAY_PASS = new Set([0, 401, 408, 425, 429]); // and every 5xx

export const unsaved = signal([]); // in order; the first is being sent
export const stuck = signal(null); // why the first one has to wait: a Problem
export const refused = signal([]); // what the device would not take: {id, text, message, picture}

let sending = false;
let wake = () => {};

// {ids of the pictures, send(): asks the device, done(answer), failed(problem)}
export function save(change) {
  change.tried = 0;
  unsaved.value = [...unsaved.peek(), change];
  send();
  return change;
}

// Takes a change back that has not begun. False: it may have reached the device.
export function withdraw(change) {
  if (change.tried) return false;
  drop(change);
  return true;
}

export const waits = (id) => unsaved.peek().some(({ ids }) => ids.includes(id));

export const retryNow = () => wake();

let count = 0;
export function refuse(text, message, picture) {
  count += 1;
  refused.value = [...refused.peek(), { id: count, text, message, picture }];
}
export function dismiss({ id }) {
  refused.value = refused.peek().filter((one) => one.id !== id);
}

function drop(change) {
  unsaved.value = unsaved.peek().filter((one) => one !== change);
}

async function send() {
  if (sending) return;
  sending = true;
  while (unsaved.peek().length) await first(unsaved.peek()[0]);
  sending = false;
}

async function first(change) {
  change.tried += 1;
  const [answer, problem] = await change.send().then(
    (found) => [found, null], (error) => [null, error]);
  if (problem && (problem.status >= 500 || MAY_PASS.has(problem.status))) {
    stuck.value = problem;
    await pause(PAUSES[Math.min(change.tried, PAUSES.length) - 1]);
    return;
  }
  stuck.value = null;
  drop(change);
  if (problem) change.failed(problem);
  else change.done(answer);
}

const pause = (ms) => new Promise((resolve) => {
  wake = resolve;
  setTimeout(resolve, ms);
});

addEventListener("online", () => wake());
addEventListener("beforeunload", (event) => {
  if (unsaved.peek().length) event.preventDefault();
});
