// The queue of files on their way to the device: two at a time, each with a state of its own.
import { signal } from "@preact/signals";
import { send } from "./api.mjs";
import { refresh } from "./gallery.mjs";
import { say } from "./ambient.mjs";
import { grouped, percent } from "./text.mjs";

const AT_ONCE = 2;
const FINAL = new Set(["done", "same", "refused"]);

// Each {id, file, at}; `at` is a signal of {state, progress, picture, message, again}, the states
// "waiting", "sending" (progress 0..1), "tagging", "busy", "done", "same" and "refused".
export const uploads = signal([]);
export const isFinal = (upload) => FINAL.has(upload.at.value.state);

let count = 0;
let running = 0;

export function add(files) {
  const fresh = [...files].map((file) => {
    count += 1;
    return { id: count, file, at: signal({ state: "waiting" }) };
  });
  uploads.value = [...uploads.value, ...fresh];
  pump();
}

export function retry(upload) {
  upload.at.value = { state: "waiting" };
  pump();
}

export function clearFinished() {
  uploads.value = uploads.value.filter((upload) => !isFinal(upload));
}

function pump() {
  while (running < AT_ONCE) {
    const upload = uploads.value.find(({ at }) => at.peek().state === "waiting");
    if (!upload) return;
    running += 1;
    run(upload).finally(() => {
      running -= 1;
      pump();
    });
  }
}

async function run({ file, at }) {
  at.value = { state: "sending", progress: 0 };
  try {
    for (;;) {
      const { status, picture, retryAfter, reason } = await send(file, (progress) => {
        at.value = { state: progress < 1 ? "sending" : "tagging", progress };
      });
      if (picture) {
        at.value = { state: status === 201 ? "done" : "same", picture };
        say(`${file.name}: ${spoken(picture)}`);
        refresh(); // the live line may be down
        return;
      }
      at.value = { state: "busy", message: reason };
      await new Promise((resolve) => { setTimeout(resolve, retryAfter * 1000); });
    }
  } catch (problem) {
    at.value = { state: "refused", message: problem.message, again: !problem.isFinal };
    say(`${file.name}: ${problem.message}`);
  }
}

function spoken({ tags }) {
  const best = grouped(tags).slice(0, 3);
  return best.map((tag) => `${tag.name} ${percent(tag.confidence)}`).join(", ") || "no tags";
}

addEventListener("beforeunload", (event) => {
  if (uploads.value.some((upload) => !isFinal(upload))) event.preventDefault();
});
