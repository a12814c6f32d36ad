// Numbers and times as people read them.

export const percent = (confidence) => `${Math.round(confidence * 100)} %`;

const UNITS = ["B", "kB", "MB", "GB", "TB"];
export function bytes(size) {
  const power = size < 1000 ? 0 : Math.min(Math.floor(Math.log10(size) / 3), UNITS.length - 1);
  const value = size / 1000 ** power;
  return `${value >= 100 || power === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`;
}

const STEPS = [["year", 31_557_600], ["month", 2_629_800], ["day", 86_400], ["hour", 3_600],
  ["minute", 60]]; // seconds
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "narrow" });

// `then` and `now` in milliseconds. The device's clock may be a little ahead of the browser's.
export function ago(then, now) {
  const seconds = (now - then) / 1000;
  for (const [unit, length] of STEPS) {
    if (seconds >= length) return relative.format(-Math.floor(seconds / length), unit);
  }
  return seconds > -60 ? "just now" : exact(then);
}

const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
export const exact = (time) => full.format(new Date(time));

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
export const timeOfDay = (time) => clock.format(new Date(time));

const weekday = new Intl.DateTimeFormat(
  undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const days = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const midnight = (time) => new Date(time).setHours(0, 0, 0, 0);

// "Today", "Yesterday", or the date, in the browser's time zone. `now` in milliseconds.
export function day(time, now) {
  const past = Math.round((midnight(now) - midnight(time)) / 86_400_000); // a day may have 23 hours
  if (past === 0 || past === 1) return capital(days.format(-past, "day"));
  return weekday.format(new Date(time));
}

export const capital = (text) => text[0].toUpperCase() + text.slice(1);

export function duration(seconds) {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  if (days) return `${days} d ${hours} h`;
  return hours ? `${hours} h ${minutes} min` : `${minutes} min`;
}

// A visit's length: "8 s", "2 min 5 s", or as `duration` from an hour on.
export function span(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return whole < 3_600 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : duration(whole);
}

export const plural = (count, word) =>
  `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

export const standing = (tags) => tags.filter(({ state }) => state !== "rejected");

// One row a name, best first: [{name, confidence (the best), count (of boxes), kind, parents}].
// Two taggers that say the same word speak of one thing, so only boxes are counted. What a person
// rejected is left out.
export function grouped(tags) {
  const rows = new Map();
  for (const tag of standing(tags)) {
    const row = rows.get(tag.name);
    const count = tag.box ? 1 : 0;
    if (!row) rows.set(tag.name, { ...tag, count });
    else {
      row.count += count;
      row.confidence = Math.max(row.confidence, tag.confidence);
    }
  }
  return [...rows.values()].sort((a, b) => b.confidence - a.confidence);
}
