// What a person does to pictures: said at once on the page, sent in the background, undone in the
// order in which it was done, also after the page was loaded anew.
import { effect, signal } from "@preact/signals";
import { command, get } from "./api.mjs";
import { say } from "./ambient.mjs";
import { learn } from "./latest.mjs";
import { ahead } from "./progress.mjs";
import { refuse, save, waits, withdraw } from "./saving.mjs";
import { plural } from "./text.mjs";
import { applied, words } from "./verdicts.mjs";

const KEPT = "tagd.done"; // in the storage of this tab
const AT_ONCE = 500; // pictures in one request

// Each {text, before: the pictures as they were, reviews: [{id, picture}], change}.
export const done = signal(remembered());
export const conflicts = signal([]); // others were faster: {picture as it is now, text, by}

function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) ?? [];
  } catch {
    return []; // somebody else's, or no storage
  }
}

const remember = (deeds) => {
  const saved = deeds.filter(({ reviews }) => reviews.length);
  try {
    const kept = saved.map(({ text, reviews }) => ({ text, reviews, before: [] }));
    sessionStorage.setItem(KEPT, JSON.stringify(kept));
  } catch { /* no storage, or a full one: then undo ends with the page */ }
};
effect(() => remember(done.value));

const path = (id, rest = "") => `pictures/${encodeURIComponent(id)}${rest}`;

// By the key, the device knows a request that it has had already. (`randomUUID` is not there on
// plain HTTP, as in a house.)
const key = () => [...crypto.getRandomValues(new Uint8Array(16))]
  .map((byte) => byte.toString(16).padStart(2, "0")).join("");

export const history = async (id) => (await get(path(id, "/reviews"))).reviews;

// What came back is right unless something newer is on its way.
const settle = (pictures) => learn(pictures.filter(({ id }) => !waits(id)));

const fetched = (ids) => ids.forEach((id) => {
  get(path(id)).then((picture) => settle([picture]), () => {});
});

// How many pictures nobody had reviewed before.
const fresh = ({ before }) => before.filter((picture) => !picture.reviewed_at).length;

function begin(before, text, send, finish) {
  const ids = before.map(({ id }) => id);
  const deed = { text, before, reviews: [] };
  const failed = (problem) => {
    forget(deed);
    if (problem.status === 409 && problem.picture) outrun(problem.picture, text);
    else {
      refuse(text, problem.message, before.length === 1 ? before[0] : null);
      fetched(ids);
    }
    say(`Not saved: ${problem.message}`);
  };
  const ended = (answer) => {
    finish(deed, answer);
    if (deed.reviews.length) done.value = [...done.peek()]; // it can be remembered now
    else forget(deed);
  };
  deed.change = save({ ids, send, done: ended, failed });
  done.value = [...done.peek(), deed];
  ahead.value += fresh(deed);
  return deed;
}

function forget(deed) {
  done.value = done.peek().filter((one) => one !== deed);
}

async function outrun(picture, text) {
  settle([picture]);
  const reviews = await history(picture.id).catch(() => []);
  const by = reviews.find(({ undone }) => !undone)?.by ?? "Somebody";
  conflicts.value = [...conflicts.peek().filter((one) => one.picture.id !== picture.id),
    { picture, text, by }];
}

export function settleConflict({ picture }) {
  conflicts.value = conflicts.peek().filter((one) => one.picture.id !== picture.id);
}

// One review of one picture, as it was shown.
export function judge(picture, verdicts) {
  const text = words(verdicts);
  const headers = { "Idempotency-Key": key() };
  const body = { verdicts, version: picture.version };
  learn([applied(picture, verdicts)]);
  return begin([picture], text,
    () => command("POST", path(picture.id, "/review"), body, headers),
    (deed, { review, picture: now }) => {
      deed.reviews = [{ id: review.id, picture: picture.id }];
      settle([now]);
    });
}

// The same verdicts of many pictures, and maybe others of others: [{pictures, verdicts}, ...].
// Undone as one.
export function judgeMany(parts, text) {
  const left = parts.flatMap(({ pictures, verdicts }) => {
    const ids = pictures.map(({ id }) => id);
    const starts = ids.map((_, index) => index).filter((index) => index % AT_ONCE === 0);
    return starts.map((from) => ({
      body: { pictures: ids.slice(from, from + AT_ONCE), verdicts }, key: key(),
    }));
  });
  const answers = [];
  learn(parts.flatMap(({ pictures, verdicts }) => pictures.map((one) => applied(one, verdicts))));
  const send = async () => {
    while (left.length) {
      const headers = { "Idempotency-Key": left[0].key };
      answers.push(await command("POST", "reviews", left[0].body, headers));
      left.shift();
    }
  };
  return begin(parts.flatMap(({ pictures }) => pictures), text, send, (deed) => {
    deed.reviews = answers.flatMap(({ reviews }) => reviews);
    const failed = answers.flatMap((answer) => answer.failed);
    if (!failed.length) return;
    refuse(text, `${plural(failed.length, "picture")} could not be changed: ${failed[0].detail}`);
    fetched(failed.map(({ picture }) => picture));
  });
}

async function takeBack({ id, picture }) {
  try {
    return (await command("DELETE", `reviews/${encodeURIComponent(id)}`)).picture;
  } catch (problem) {
    if (problem.status !== 409) throw problem;
    // An answer that got lost: it is undone already.
    if (!(await history(picture)).some((one) => one.id === id && one.undone)) throw problem;
    return get(path(picture));
  }
}

// Undoes what was done last; the deed, or null where nothing is left. `known(pictures)` is called
// when the device has told how they are now.
export function undo(known = () => {}) {
  const deed = done.peek().at(-1);
  if (!deed) return null;
  forget(deed);
  undoDeed(deed, known);
  say(`Undone: ${deed.text}`);
  return deed;
}

function undoDeed(deed, known) {
  ahead.value -= fresh(deed);
  if (deed.change && withdraw(deed.change)) {
    learn(deed.before);
    return;
  }
  learn(deed.before.map((picture) => ({ ...picture, version: picture.version + 2 })));
  const now = [];
  const ids = () => [...deed.before.map(({ id }) => id), ...deed.reviews.map((one) => one.picture)];
  save({
    get ids() { return ids(); },
    send: async () => {
      while (deed.reviews.length) {
        now.push(await takeBack(deed.reviews[0]));
        deed.reviews.shift();
      }
    },
    done: () => {
      settle(now);
      known(now);
    },
    failed: (problem) => {
      refuse(`undo: ${deed.text}`, problem.message, deed.before[0] ?? null);
      fetched(ids());
    },
  });
}

// Undoes one review that the history names.
export function undoReview({ id, verdicts }, picture) {
  const deed = { text: words(verdicts), before: [], reviews: [{ id, picture: picture.id }] };
  done.value = done.peek().filter(({ reviews }) => !reviews.some((one) => one.id === id));
  undoDeed(deed, () => {});
}
