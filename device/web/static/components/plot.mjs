// Bars and lines as small drawings of our own: the arrows, or the pointer, walk over them, and what
// is under them is said below. All lengths are parts of the drawing, so it fits any width.
import { useState } from "preact/hooks";
import { html } from "../html.mjs";

const WIDTH = 1000;
const HEIGHT = 220;
const NICE = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

// The end of an axis for values up to `most`: a round number.
export function roundUp(most) {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  return NICE.map((one) => one * power).find((one) => one >= most) ?? most;
}

const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

// The place that is looked at, and what moves it over `count` places.
function useWalk(count) {
  const [at, setAt] = useState(null);
  const place = (event) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const part = Math.floor(((event.clientX - left) / width) * count);
    setAt(Math.min(Math.max(part, 0), count - 1));
  };
  const onKeyDown = (event) => {
    const last = count - 1;
    const to = {
      ArrowRight: Math.min((at ?? -1) + 1, last),
      ArrowLeft: Math.max((at ?? count) - 1, 0),
      Home: 0,
      End: last,
      Escape: null,
    }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    setAt(to);
    event.preventDefault();
  };
  return [at, {
    onKeyDown, onPointerMove: place, onPointerDown: place,
    onPointerLeave: () => setAt(null), onBlur: () => setAt(null),
  }];
}

const Scale = ({ top, unit }) => html`
  <div class="scale" aria-hidden="true">
    <span>${short.format(top)}${unit}</span><span>${short.format(top / 2)}${unit}</span><span>0</span>
  </div>`;

const Legend = ({ series }) => series.length > 1 && html`
  <ul class="legend">${series.map(({ name }, index) => html`
    <li key=${name}><i class=${`s${index % 6}`}></i>${name}</li>`)}</ul>`;

// Straight from point to point, with a gap where there is none.
function path(values, top) {
  let pen = "M";
  return values.map((value, index) => {
    if (value == null) {
      pen = "M";
      return "";
    }
    const x = ((index + 0.5) / values.length) * WIDTH;
    const text = `${pen}${x.toFixed(1)},${(HEIGHT - (value / top) * HEIGHT).toFixed(1)}`;
    pen = "L";
    return text;
  }).join("");
}

function Bars({ series, top }) {
  const step = WIDTH / series[0].values.length;
  const gap = step > 8 ? step * 0.22 : 0.4;
  return series[0].values.map((_, index) => {
    let base = HEIGHT;
    return series.map(({ values }, kind) => {
      const height = (values[index] / top) * HEIGHT;
      base -= height;
      return height > 0 && html`<rect class=${`s${kind % 6}`} x=${index * step + gap / 2} y=${base}
        width=${step - gap} height=${height} />`;
    });
  });
}

const Lines = ({ series, top }) => series.map(({ name, values }, kind) => html`
  <path key=${name} class=${`line s${kind % 6}`} d=${path(values, top)} />`);

// `series`: [{name, values}] of the same length; `labels`: a word for each place, `ticks`: some of
// them for the axis, [place, text]. Stacked bars, or `lines`.
export function Plot({ label, series, labels, ticks, lines = false, unit = "" }) {
  const count = labels.length;
  const [at, walk] = useWalk(count);
  const sums = labels.map((_, index) =>
    series.reduce((sum, { values }) => (lines
      ? Math.max(sum, values[index] ?? 0) : sum + values[index]), 0));
  const top = roundUp(Math.max(...sums));
  const said = at !== null && [labels[at], ...series.filter(({ values }) => values[at] != null)
    .map(({ name, values }) => `${name}: ${values[at].toLocaleString("en")}${unit}`)].join(" · ");
  return html`
    <div class="plot">
      <${Scale} top=${top} unit=${unit} />
      <div class="ground" tabindex="0" role="group" aria-roledescription="chart"
        aria-label=${`${label}. Arrow keys read the values; the Table button shows them all.`}
        ...${walk}>
        <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          <path class="grid-lines" d=${`M0,1H${WIDTH}M0,${HEIGHT / 2}H${WIDTH}M0,${HEIGHT}H${WIDTH}`} />
          ${at !== null && html`<rect class="at" x=${(at / count) * WIDTH} y="0"
            width=${WIDTH / count} height=${HEIGHT} />`}
          <${lines ? Lines : Bars} series=${series} top=${top} />
        </svg>
        <div class="ticks" aria-hidden="true">${ticks.map(([place, text]) => html`
          <span style=${{ left: `${((place + 0.5) / count) * 100}%` }}>${text}</span>`)}</div>
      </div>
      <div class="reading" aria-live="polite">${said || html`<${Legend} series=${series} />`}</div>
    </div>`;
}
