// What the device says about itself, asked for while the page is looked at.
import { computed, effect, signal } from "@preact/signals";
import { get } from "./api.mjs";
import { say, whileSeen } from "./ambient.mjs";
import { line } from "./live.mjs";

const EVERY = 15_000; // ms

export const health = signal(null); // the last answer, null before the first
const answers = signal(true);

// [class of the dot, words]: the words say all that the colour says.
export const summary = computed(() => {
  if (!answers.value) return ["bad", "No answer"];
  if (line.value === "lost") return ["warn", "Reconnecting…"];
  if (!health.value) return ["", "Connecting…"];
  return health.value.status === "ok" ? ["good", "All well"] : ["warn", "Needs attention"];
});

export async function check() {
  try {
    health.value = await get("health");
    answers.value = true;
  } catch {
    answers.value = false;
  }
}

export function watchHealth() {
  effect(() => { if (!answers.value) say("The device does not answer"); });
  effect(() => { if (line.value === "open") check(); }); // a device that comes back says so at once
  whileSeen(EVERY, check);
}
