// The machine, its log and the doctor, asked for while somebody looks at them.
import { batch, effect, signal } from "@preact/signals";
import { get } from "./api.mjs";
import { say, whileSeen } from "./ambient.mjs";
import { health } from "./health.mjs";
import { view } from "./route.mjs";
import { plural } from "./text.mjs";

const EVERY = 5000; // ms
const LOG_EVERY = 2000; // ms
const MOST = 1000; // lines on the page

export const system = signal(null); // null before the first answer
export const trouble = signal(null); // why there is none: a Problem
export const lines = signal(null); // of the log, oldest first; null before the first answer
export const level = signal("info");
export const paused = signal(false);
export const examination = signal(null); // {findings, complete}, {problem}, or null
export const examining = signal(false);

let next = null; // where the log goes on

const shown = () => view.peek() === "system";

export async function look() {
  if (!shown()) return;
  try {
    const answer = await get("system");
    batch(() => {
      system.value = answer;
      trouble.value = null;
    });
  } catch (problem) {
    trouble.value = problem;
  }
}

async function read() {
  if (!shown() || paused.peek()) return;
  const from = next;
  const asked = level.peek();
  const answer = await get("log", { after: from, level: asked, limit: 500 }).catch(() => null);
  if (!answer || from !== next || asked !== level.peek() || paused.peek()) return;
  // A smaller number: the device was started again, and these are all there are.
  const before = next !== null && answer.next >= next ? lines.peek() ?? [] : [];
  if (answer.lines.length || !lines.peek()) lines.value = [...before, ...answer.lines].slice(-MOST);
  next = answer.next;
}

function readAnew() {
  next = null;
  lines.value = null;
  read();
}

export function choose(chosen) {
  level.value = chosen;
  paused.value = false;
  readAnew();
}

export function pause() {
  paused.value = !paused.peek();
  say(paused.peek() ? "The log stands still" : "The log goes on");
  read();
}

export async function examine() {
  if (examining.peek()) return;
  examining.value = true;
  say("The doctor looks at everything");
  try {
    const answer = await get("doctor");
    const wrong = answer.findings.filter(({ state }) => state !== "ok").length;
    examination.value = answer;
    say(wrong ? `${plural(wrong, "finding")}` : "The doctor found nothing wrong");
  } catch (problem) {
    examination.value = { problem };
    say(problem.message);
  } finally {
    examining.value = false;
  }
}

export const logText = () => (lines.peek() ?? [])
  .map((line) => `${line.at} ${line.level} ${line.logger}: ${line.text}`).join("\n");

// All of it in one file; the device has taken every secret out.
export async function report() {
  const [machine, log] = await Promise.all([
    get("system"), get("log", { level: "info", limit: 2000 })]);
  return {
    made_at: machine.at,
    health: health.peek(),
    system: machine,
    doctor: examination.peek()?.findings ?? null,
    log: log.lines,
  };
}

effect(() => {
  if (view.value !== "system") return;
  look();
  readAnew();
});
whileSeen(EVERY, look);
whileSeen(LOG_EVERY, read);
