// The config that is being changed: one draft text, which the device itself edits, checks and saves.
import { batch, computed, signal } from "@preact/signals";
import { say } from "./ambient.mjs";
import { command, get } from "./api.mjs";
import { keep } from "./session.mjs";
import { replace } from "./settings_api.mjs";

const LOOK = 800; // ms between two questions whether the device is back
const PATIENCE = 60_000; // ms until that is given up

export const config = signal(null); // the file as it is
export const draft = signal(null); // {text, problems, diff, follows, written}; null: no change
export const trouble = signal(null); // why something could not be done: a Problem
export const phase = signal("idle"); // "idle", "checking", "saving" or "restarting"
export const reviewing = signal(false); // the comparison is shown

export const dirty = computed(() => Boolean(draft.value?.diff));
keep(() => dirty.peek());
export const written = computed(() => (draft.value ?? config.value)?.written ?? {});
export const problems = computed(() => draft.value?.problems ?? []);
export const text = computed(() => draft.value?.text ?? config.value?.text ?? "");

// As the device spells a place: sources[0].url
export const spelled = (place) => place.reduce((whole, step) => {
  if (typeof step === "number") return `${whole}[${step}]`;
  return whole ? `${whole}.${step}` : step;
}, "");

export const problemAt = (place) => {
  const wanted = spelled(place);
  return problems.value.find((one) => one.place === wanted)?.text
    .replace(`${wanted}: `, "") ?? null;
};

export const at = (place, values = written.value) =>
  place.reduce((inner, step) => inner?.[step], values);

export async function load() {
  try {
    const found = await get("config");
    batch(() => {
      config.value = found;
      trouble.value = null;
    });
  } catch (problem) {
    trouble.value = problem;
  }
}

let queue = Promise.resolve(); // one edit after another: each begins where the one before ended

const edit = (body) => {
  queue = queue.then(async () => {
    phase.value = "checking";
    try {
      const given = typeof body === "function" ? body() : body;
      const found = await command("POST", "config/check", { text: text.peek(), ...given });
      batch(() => {
        draft.value = found;
        trouble.value = null;
      });
    } catch (problem) {
      trouble.value = problem;
    } finally {
      phase.value = "idle";
    }
  });
  return queue;
};

// Changes are [place, value] each; an undefined value takes the key away.
export const change = (...changes) => edit({
  changes: changes.map(([place, value]) => (value === undefined ? { place } : { place, value })),
});
export const settled = () => queue; // what is written now is the last word
export const write = (whole) => edit({ text: whole });

export function discard() {
  draft.value = null;
  trouble.value = null;
}

export async function review() {
  await queue;
  if (dirty.value) reviewing.value = true;
}

export async function save() {
  phase.value = "saving";
  try {
    const saved = await replace({ text: draft.value.text }, config.value.etag);
    batch(() => {
      reviewing.value = false;
      draft.value = null;
      phase.value = "restarting";
    });
    if (saved.restart) await back();
    await load();
    say(config.value.applied.state === "put_back" ? "The change was taken back" : "Saved");
  } catch (problem) {
    trouble.value = problem;
  } finally {
    phase.value = "idle";
  }
}

// Until the device has applied what was saved. It does not answer for some seconds.
async function back() {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const found = await get("config").catch(() => null);
    if (found && found.applied.state !== "restarting") return;
    if (Date.now() > end) return;
    await new Promise((later) => { setTimeout(later, LOOK); });
  }
}

addEventListener("beforeunload", (event) => { if (dirty.value) event.preventDefault(); });
