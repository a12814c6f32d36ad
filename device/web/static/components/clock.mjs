// The hours of a day around a dial, midnight on top.
import { useState } from "preact/hooks";
import { html } from "../html.mjs";
import { plural } from "../text.mjs";
import { hourName } from "./heat.mjs";

const INNER = 26; // of 100: no bar begins below it
const point = (turn, radius) => {
  const angle = (turn - 0.25) * 2 * Math.PI;
  return `${(radius * Math.cos(angle)).toFixed(2)},${(radius * Math.sin(angle)).toFixed(2)}`;
};
function slice(hour, outer) {
  const [from, to] = [(hour + 0.06) / 24, (hour + 0.94) / 24];
  return `M${point(from, INNER)}L${point(from, outer)}A${outer},${outer} 0 0 1 ${point(to, outer)}`
    + `L${point(to, INNER)}A${INNER},${INNER} 0 0 0 ${point(from, INNER)}Z`;
}

// `counts`: 24 numbers; `word`: what is counted.
export function Clock({ counts, label, word }) {
  const [at, setAt] = useState(null);
  const most = Math.max(1, ...counts);
  const walk = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    setAt(((at ?? (step > 0 ? -1 : 24)) + step + 24) % 24);
    event.preventDefault();
  };
  const said = at !== null && `${hourName(at)}: ${plural(counts[at], word)}`;
  return html`
    <div class="dial" tabindex="0" role="group" aria-roledescription="chart" onKeyDown=${walk}
      onBlur=${() => setAt(null)} onPointerLeave=${() => setAt(null)}
      aria-label=${`${label}. Arrow keys read the values; the Table button shows them all.`}>
      <svg viewBox="-112 -112 224 224" aria-hidden="true">
        <circle r="100" /><circle r=${(100 + INNER) / 2} /><circle r=${INNER} />
        ${counts.map((count, hour) => html`
          <g key=${hour} class=${at === hour ? "at" : ""} onPointerEnter=${() => setAt(hour)}>
            <path class="touch" d=${slice(hour, 100)} />
            <path class="s0" d=${slice(hour, INNER + ((100 - INNER) * count) / most)} />
          </g>`)}
        ${[0, 6, 12, 18].map((hour) => {
          const [x, y] = point(hour / 24, 107).split(",");
          return html`<text x=${x} y=${y} dy="3">${hour}</text>`;
        })}
      </svg>
    </div>
    <p class="reading" aria-live="polite">${said}</p>`;
}
