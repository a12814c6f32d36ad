// The line to the device: it says that something came, and the page asks what. A hidden page
// hangs up.
import { signal } from "@preact/signals";
import { refresh } from "./gallery.mjs";
import { arrived } from "./sources.mjs";
import { recount } from "./visits.mjs";

const PATIENCE = 5000; // ms until a line that the browser gave up is dialled again
const PICTURES = ["picture", "visit_start", "visit_update"]; // events that bring one

const VISITS = ["visit_start", "visit_update", "visit_end"];

export const line = signal("connecting"); // "connecting", "open" or "lost"
let source = null;
let redial = 0;

function connect() {
  hangUp();
  source = new EventSource("/api/v1/events");
  source.addEventListener("open", () => {
    line.value = "open";
    refresh(); // whatever came while nobody listened
    recount();
  });
  for (const type of PICTURES) source.addEventListener(type, refresh);
  source.addEventListener("picture", (event) => arrived(JSON.parse(event.data).source));
  for (const type of VISITS) source.addEventListener(type, recount);
  source.addEventListener("error", () => {
    line.value = "lost";
    if (source.readyState === EventSource.CLOSED) redial = setTimeout(connect, PATIENCE);
  });
}

function hangUp() {
  clearTimeout(redial);
  source?.close();
}

export function listen() {
  document.addEventListener("visibilitychange", () => (document.hidden ? hangUp() : connect()));
  if (!document.hidden) connect();
}
