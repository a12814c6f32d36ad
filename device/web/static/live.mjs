// The line to the device: it says that something came, and the page asks what. A hidden page
// hangs up.
import { signal } from "@preact/signals";
import { say } from "./ambient.mjs";
import { drop, refresh } from "./gallery.mjs";
import { heardReview } from "./others.mjs";
import { closePicture, pictureId, view } from "./route.mjs";
import { arrived } from "./sources.mjs";
import { drop as dropVisits, recount } from "./visits.mjs";

const PATIENCE = 5000; // ms until a line that the browser gave up is dialled again
const PICTURES = ["picture", "visit_start", "visit_update", "visit_end"]; // may bring one
const VISITS = ["visit_start", "visit_update", "visit_end"];

export const line = signal("connecting"); // "connecting", "open" or "lost"
let source = null;
let redial = 0;

function connect(onHealth) {
  hangUp();
  source = new EventSource("api/v1/events");
  source.addEventListener("open", () => {
    line.value = "open";
    refresh(); // whatever came while nobody listened
    recount();
  });
  for (const type of PICTURES) {
    source.addEventListener(type, (event) => {
      refresh();
      arrived(JSON.parse(event.data).source);
    });
  }
  for (const type of VISITS) source.addEventListener(type, recount);
  source.addEventListener("visit_start", (event) => {
    const { source: name, visit } = JSON.parse(event.data);
    if (view.peek() !== "pictures") say(`${visit.tag} at ${name}`);
  });
  source.addEventListener("review", (event) => heardReview(JSON.parse(event.data)));
  source.addEventListener("erased", (event) => {
    const { pictures, visits } = JSON.parse(event.data).erased;
    drop(pictures);
    dropVisits(visits);
    if (pictures.includes(pictureId.peek())) {
      say("The picture was deleted");
      closePicture();
    }
  });
  source.addEventListener("health", onHealth);
  source.addEventListener("error", () => {
    line.value = "lost";
    if (source.readyState === EventSource.CLOSED) {
      redial = setTimeout(() => connect(onHealth), PATIENCE);
    }
  });
}

function hangUp() {
  clearTimeout(redial);
  source?.close();
}

// `onHealth`: called when a camera began or ceased to suffer.
export function listen(onHealth) {
  const turn = () => (document.hidden ? hangUp() : connect(onHealth));
  document.addEventListener("visibilitychange", turn);
  turn();
}
