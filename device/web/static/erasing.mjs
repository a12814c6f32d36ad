// Erasing all that a search finds: how much it would be, the order, and how far it is.
import { batch, signal } from "@preact/signals";
import { say } from "./ambient.mjs";
import { command, get } from "./api.mjs";
import { bytes, plural } from "./text.mjs";

const LOOK = 1000; // ms between two looks at an act
const SHOWN = 6; // thumbnails

export const found = signal(null); // {q, pictures, visits, bytes, shown} of the last question
export const act = signal(null); // the act that goes on, or has ended
export const copies = signal([]); // of the database, that still hold what was erased
export const problem = signal(null);
export const busy = signal(false);

export const much = ({ pictures, visits, bytes: size }) => [
  plural(pictures, "picture"), plural(visits, "visit"), `about ${bytes(size)}`].join(", ");

async function attempt(work) {
  batch(() => { problem.value = null; busy.value = true; });
  try {
    await work();
  } catch (error) {
    problem.value = error;
  } finally {
    busy.value = false;
  }
}

export const ask = (q) => attempt(async () => {
  batch(() => { found.value = null; act.value = null; });
  const size = await command("POST", "erase", { q, dry_run: true });
  const { pictures: shown } = await get("pictures", { q, limit: SHOWN });
  found.value = { ...size, q, shown };
  say(size.pictures || size.visits ? much(size) : "Nothing matches");
});

export const erase = () => attempt(async () => {
  act.value = await command("POST", "erase", { q: found.peek().q });
  found.value = null;
  while (!act.peek().erased) {
    await new Promise((resolve) => { setTimeout(resolve, LOOK); });
    await look();
  }
  say(`Erased ${plural(act.peek().pictures, "picture")}`);
  await look();
});

// An act of before that still goes on is shown, too.
export async function look() {
  const { acts, copies: stale } = await get("erase");
  copies.value = stale;
  const mine = acts.find(({ id }) => id === act.peek()?.id) ?? acts.find(({ erased }) => !erased);
  if (mine) act.value = mine;
}

export const removeCopies = () => attempt(async () => {
  copies.value = (await command("DELETE", "erase/copies")).copies;
  say("The copies are removed");
});
