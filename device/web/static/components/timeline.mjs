// A bar for each day of a month: a click shows that day, drawing over some shows those.
// Keys: arrows move, Shift with them takes more days, Enter shows them, PageUp and PageDown turn
// the month.
import { computed, effect, signal, untracked } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { html } from "../html.mjs";
import { get } from "../api.mjs";
import { pictures, status } from "../gallery.mjs";
import { between, chosen, dayAfter, period, toggled, without } from "../narrow.mjs";
import { query, search, view } from "../route.mjs";
import { plural } from "../text.mjs";
import { Icon } from "./icon.mjs";

const CALM = 5000; // ms between two counts while pictures come in
const two = (number) => String(number).padStart(2, "0");
const monthName = new Intl.DateTimeFormat(
  undefined, { month: "long", year: "numeric", timeZone: "UTC" });
const dayName = new Intl.DateTimeFormat(
  undefined, { weekday: "short", day: "numeric", month: "long", timeZone: "UTC" });

const today = () => new Date().toISOString().slice(0, 10);
const turned = signal(null); // the month that was turned to, "2026-11"
const counts = signal({}); // by day
const drawn = signal(null); // [first, last] while days are being drawn over
const at = signal(null); // the day that the keyboard is on

// The days that the search asks for, [first, last], or null.
const asked = computed(() => {
  const days = chosen(query.value, "days");
  return days.length ? [days[0], days.at(-1)] : period(query.value);
});
const month = computed(() => {
  if (turned.value) return turned.value;
  const [first, last] = asked.value ?? [];
  const newest = pictures.value[0]?.taken_at;
  return ((last < "9" ? last : first) || newest || today()).slice(0, 7);
});
const days = computed(() => {
  const [year, number] = month.value.split("-").map(Number);
  const length = new Date(Date.UTC(year, number, 0)).getUTCDate();
  return Array.from({ length }, (_, index) => `${month.value}-${two(index + 1)}`);
});

let waiting = null;
async function count() {
  const parameters = { month: month.peek(), q: without(query.peek(), "days") };
  const mine = JSON.stringify(parameters);
  waiting = mine;
  const answer = await get("days", parameters).catch(() => null);
  if (!answer || waiting !== mine) return;
  counts.value = Object.fromEntries(answer.days.map((one) => [one.date, one.count]));
}
effect(() => {
  month.value;
  query.value;
  if (view.value === "pictures") untracked(count);
});
let due = 0;
effect(() => {
  pictures.value;
  if (status.value === "ready") {
    due ||= setTimeout(() => { due = 0; if (view.peek() === "pictures") count(); }, CALM);
  }
});

function turn(by) {
  const [year, number] = month.peek().split("-").map(Number);
  turned.value = new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7);
  at.value = null;
}

function show(first, last) {
  const [from, to] = first < last ? [first, last] : [last, first];
  turned.value = month.peek();
  const same = from === to && chosen(query.peek(), "days").includes(from);
  search(same ? toggled(query.peek(), "days", from) : between(query.peek(), from, to));
}

const inside = (day, span) => span && day >= (span[0] < span[1] ? span[0] : span[1])
  && day <= (span[0] < span[1] ? span[1] : span[0]);

function Bar({ day, most }) {
  const number = counts.value[day] ?? 0;
  const span = drawn.value ?? asked.value;
  const reached = (at.value ?? days.value.findLast((one) => counts.value[one]) ?? days.value[0]);
  return html`
    <button data-day=${day} class=${number ? "" : "none"} aria-pressed=${Boolean(inside(day, span))}
      tabindex=${reached === day ? 0 : -1}
      title=${`${dayName.format(new Date(day))}: ${plural(number, "picture")}`}
      aria-label=${`${dayName.format(new Date(day))}: ${plural(number, "picture")}`}>
      <i style=${{ height: number ? `max(3px, ${(100 * number) / most}%)` : "0" }}></i>
      <span aria-hidden="true">${Number(day.slice(8))}</span>
    </button>`;
}

export function Timeline() {
  const element = useRef(null);
  const from = useRef(null); // the day on which the pointer went down
  useEffect(() => {
    const up = () => {
      if (from.current && drawn.value) show(...drawn.value);
      from.current = null;
      drawn.value = null;
    };
    const cancel = () => { from.current = null; drawn.value = null; };
    addEventListener("pointerup", up);
    addEventListener("pointercancel", cancel);
    return () => {
      removeEventListener("pointerup", up);
      removeEventListener("pointercancel", cancel);
    };
  }, []);
  const under = (event) => document.elementFromPoint(event.clientX, event.clientY)
    ?.closest("[data-day]")?.dataset.day;
  const focus = (day) => {
    at.value = day;
    requestAnimationFrame(() => element.current.querySelector(`[data-day="${day}"]`)?.focus());
  };
  const pressed = (event) => {
    const day = event.target.dataset?.day;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!day || event.ctrlKey || event.metaKey || event.altKey) return;
    if (step) {
      const next = dayAfter(day, step);
      if (days.value.includes(next)) {
        drawn.value = event.shiftKey ? [drawn.value?.[0] ?? day, next] : null;
        focus(next);
      }
    } else if (event.key === "PageUp" || event.key === "PageDown") {
      turn(event.key === "PageUp" ? -1 : 1);
      focus(days.value[Math.min(Number(day.slice(8)), days.value.length) - 1]);
    } else if (event.key === "Enter" || event.key === " ") {
      show(...(drawn.value ?? [day, day]));
      drawn.value = null;
    } else if (event.key === "Escape" && drawn.value) drawn.value = null;
    else return;
    event.preventDefault();
  };
  const most = Math.max(1, ...days.value.map((day) => counts.value[day] ?? 0));
  const total = days.value.reduce((sum, day) => sum + (counts.value[day] ?? 0), 0);
  return html`
    <section class="timeline" aria-label="Pictures by day">
      <p>
        <button class="plain" aria-label="The month before" onClick=${() => turn(-1)}>
          <${Icon} name="previous" /></button>
        <strong aria-live="polite">${monthName.format(new Date(`${month.value}-01`))}</strong>
        <button class="plain" aria-label="The month after" disabled=${month.value >= today().slice(0, 7)}
          onClick=${() => turn(1)}><${Icon} name="next" /></button>
        <span class="faint">${plural(total, "picture")}</span>
        ${asked.value && html`<button class="plain all"
          onClick=${() => search(without(query.value, "days"))}>All days</button>`}
      </p>
      <div class="days" ref=${element} role="group" aria-label="Days" onKeyDown=${pressed}
        onPointerDown=${(event) => {
          const day = under(event);
          if (event.button || !day) return;
          from.current = day;
          drawn.value = [day, day];
          if (event.pointerType !== "mouse") event.target.releasePointerCapture?.(event.pointerId);
        }}
        onPointerMove=${(event) => {
          const day = from.current && under(event);
          if (day) drawn.value = [from.current, day];
        }}>
        ${days.value.map((day) => html`<${Bar} key=${day} day=${day} most=${most} />`)}
      </div>
    </section>`;
}
