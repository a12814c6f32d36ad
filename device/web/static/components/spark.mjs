// Numbers as one line, the newest at the right: what it looks like, not how much; that stands beside.
import { html } from "../html.mjs";

const WIDTH = 240;
const HEIGHT = 36;

export function Spark({ values }) {
  const most = Math.max(...values) || 1;
  const step = WIDTH / Math.max(values.length - 1, 1);
  const points = values.map((value, place) =>
    `${(place * step).toFixed(1)},${(HEIGHT - 2 - (value / most) * (HEIGHT - 4)).toFixed(1)}`);
  if (points.length === 1) points.push(`${WIDTH},${points[0].split(",")[1]}`);
  return html`
    <svg class="spark" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none"
      aria-hidden="true">
      <path d=${`M0,${HEIGHT} L${points.join(" L")} L${WIDTH},${HEIGHT}Z`} />
      <polyline points=${points.join(" ")} />
    </svg>`;
}
