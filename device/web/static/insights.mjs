// What the Insights view is asked, as signals: the days, the tags, and the answers of the device.
import { effect, signal } from "@preact/signals";
import { get } from "./api.mjs";
import { view } from "./route.mjs";

export const LENGTHS = [30, 90, 365]; // days
export const MOST_TAGS = 5;
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export const length = signal(LENGTHS[0]);
export const picked = signal(null); // tags; null: the most frequent three
export const source = signal(null); // of the heat map; null: the one with most pictures
export const answers = signal({}); // by part of the view: {data} or {problem}
export const zone = signal(ZONE);

// The tags that are drawn.
export const drawn = () =>
  picked.value ?? (answers.value.words?.data?.top ?? []).slice(0, 3).map(({ name }) => name);

export function pick(name) {
  const now = drawn();
  picked.value = now.includes(name)
    ? now.filter((one) => one !== name) : [...now, name].slice(-MOST_TAGS);
}

// Sources of these days, the busiest first: [{name, total}].
export const busiest = () => (answers.value.days?.data?.sources ?? [])
  .map(({ name, counts }) => ({ name, total: counts.reduce((sum, one) => sum + one, 0) }))
  .filter(({ total }) => total)
  .sort((a, b) => b.total - a.total);

const latest = {}; // by part, the request whose answer counts; it is made once
async function ask(part, path, parameters = {}) {
  const mine = JSON.stringify([path, parameters]);
  if (latest[part] === mine) return;
  latest[part] = mine;
  let answer;
  try {
    answer = { data: await get(`insights/${path}`, parameters) };
  } catch (problem) {
    answer = { problem };
  }
  if (latest[part] === mine) answers.value = { ...answers.peek(), [part]: answer };
}

// A device without the browser's time zone counts in UTC.
async function askInZone(part, path, parameters) {
  await ask(part, path, { ...parameters, zone: zone.value });
  if (answers.peek()[part]?.problem?.status === 422) zone.value = "UTC"; // the effects ask again
}

const shown = () => view.value === "insights";
effect(() => {
  if (!shown()) return;
  const days = length.value;
  ask("words", "tags", { days });
  askInZone("stays", "visits", { days });
  ask("models", "models");
});
effect(() => {
  if (!shown() || !answers.value.words) return;
  const tags = drawn();
  const days = length.value;
  ask("days", `days?${new URLSearchParams([["days", days], ...tags.map((tag) => ["tag", tag])])}`);
  const q = (picked.value ?? []).map((tag) => JSON.stringify(tag)).join(" OR ");
  askInZone("hours", "hours", { days, q });
});
effect(() => {
  const [tag] = drawn();
  const from = source.value ?? busiest()[0]?.name;
  if (shown() && tag && from) ask("places", "places", { tag, source: from });
});

// What is on the screen may be old when somebody comes back to it.
export const again = () => {
  for (const part of Object.keys(latest)) delete latest[part];
  answers.value = {};
};
