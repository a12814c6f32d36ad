// Weekdays by hours: the darker a cell, the more. Arrows walk over it.
import { useState } from "preact/hooks";
import { html } from "../html.mjs";
import { plural } from "../text.mjs";

// Monday is the first: 2024-01-01 was one.
const names = (style) => Array.from({ length: 7 }, (_, day) =>
  new Intl.DateTimeFormat(undefined, { weekday: style, timeZone: "UTC" })
    .format(new Date(Date.UTC(2024, 0, 1 + day))));
export const WEEKDAYS = names("long");
const SHORT = names("short");
export const hourName = (hour) => `${String(hour).padStart(2, "0")}:00`;

const STEPS = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
const inside = (value, most) => Math.min(Math.max(value, 0), most);

// `hours`: 7 weekdays of 24 numbers; `word`: what is counted.
export function WeekHeat({ hours, label, word }) {
  const [at, setAt] = useState(null);
  const most = Math.max(1, ...hours.flat());
  const walk = (event) => {
    const step = STEPS[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    const [day, hour] = at ?? [0, -step[1]];
    setAt([inside(day + step[0], 6), inside(hour + step[1], 23)]);
    event.preventDefault();
  };
  const said = at && `${WEEKDAYS[at[0]]}, ${hourName(at[1])}: ${plural(hours[at[0]][at[1]], word)}`;
  return html`
    <div class="week" tabindex="0" role="group" aria-roledescription="heat map" onKeyDown=${walk}
      onBlur=${() => setAt(null)} onPointerLeave=${() => setAt(null)}
      aria-label=${`${label}. Arrow keys read the values; the Table button shows them all.`}>
      ${hours.map((row, day) => html`
        <span class="weekday" aria-hidden="true">${SHORT[day]}</span>
        ${row.map((count, hour) => html`
          <i class=${at?.[0] === day && at[1] === hour ? "cell at" : "cell"} aria-hidden="true"
            onPointerEnter=${() => setAt([day, hour])}
            style=${{ "--part": `${Math.round((100 * count) / most)}%` }}></i>`)}`)}
      <span></span>
      ${[0, 6, 12, 18].map((hour) => html`
        <span class="hour" aria-hidden="true" style=${{ gridColumn: `${hour + 2} / span 6` }}>
          ${hourName(hour)}</span>`)}
    </div>
    <p class="reading" aria-live="polite">${said}</p>`;
}
