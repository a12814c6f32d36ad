// The sources as they are now, asked for while somebody looks at them, and what can be done to one.
import { batch, effect, signal } from "@preact/signals";
import { command, get } from "./api.mjs";
import { say, whileSeen } from "./ambient.mjs";
import { view } from "./route.mjs";
import { grouped, percent } from "./text.mjs";

const EVERY = 2000; // ms

// What a camera can suffer from, in plain words.
export const SUFFERS = {
  silent: "no pictures come",
  frozen: "the picture stands still",
  dark: "too dark to see",
  covered: "covered or out of focus",
  moved: "looks elsewhere than before",
};

export const sources = signal(null); // null before the first answer
export const trouble = signal(null); // why there is none: a Problem
export const latest = signal({}); // by source, the picture of it that was stored last
export const doing = signal({}); // by source, "switching" or "taking"
export const told = signal({}); // by source, what became of it: {text, picture or null, bad}

const path = (name, rest = "") => `sources/${encodeURIComponent(name)}${rest}`;

export async function look() {
  if (view.value !== "now") return;
  try {
    const answer = await get("sources");
    batch(() => {
      sources.value = answer.sources;
      trouble.value = null;
    });
    answer.sources.forEach(({ name }) => name in latest.peek() || arrived(name));
  } catch (problem) {
    trouble.value = problem;
  }
}

// A picture of this source was stored: which one is asked for when somebody looks.
export async function arrived(name) {
  if (view.value !== "now") return;
  put(latest, name, latest.peek()[name] ?? null);
  const answer = await get("pictures", { q: `source:"${name}"`, limit: 1 }).catch(() => null);
  if (answer) put(latest, name, answer.pictures[0] ?? null);
}

export async function turn(name, enabled) {
  const change = () => command("PATCH", path(name), { enabled });
  const now = await during(name, "switching", change);
  if (!now) return;
  sources.value = sources.peek().map((one) => (one.name === name ? now : one));
  say(`${name} is ${enabled ? "on" : "off"}`);
}

export async function take(name) {
  const picture = await during(name, "taking", () => command("POST", path(name, "/capture")));
  if (!picture) return;
  const best = grouped(picture.tags).slice(0, 3);
  const words = best.map((tag) => `${tag.name} ${percent(tag.confidence)}`).join(", ");
  put(told, name, { text: words || "no tags", picture });
  say(`${name}: ${words || "no tags"}`);
}

// The answer of `work`, or null where it failed: then the reason is told.
async function during(name, what, work) {
  put(doing, name, what);
  put(told, name, null);
  try {
    return await work();
  } catch (problem) {
    put(told, name, { text: problem.message, picture: null, bad: true });
    say(problem.message);
    return null;
  } finally {
    put(doing, name, null);
  }
}

function put(table, name, value) {
  table.value = { ...table.peek(), [name]: value };
}

export function watchSources() {
  effect(() => {
    if (view.value !== "now") return;
    latest.value = {};
    look();
  });
  whileSeen(EVERY, look);
}
