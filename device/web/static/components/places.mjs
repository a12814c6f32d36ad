// Where in the picture the boxes of a tag lie, over the newest picture of that source.
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../html.mjs";
import { plural } from "../text.mjs";

// In thirds of the picture, for whoever cannot see it: [[words, part of all boxes]].
const ROWS = ["top", "middle", "bottom"];
const COLUMNS = ["left", "centre", "right"];
export function thirds({ cells, columns, rows }) {
  const sums = Array(9).fill(0);
  cells.forEach((count, at) => {
    const row = Math.floor((Math.floor(at / columns) * 3) / rows);
    sums[row * 3 + Math.floor(((at % columns) * 3) / columns)] += count;
  });
  const all = sums.reduce((sum, one) => sum + one, 0) || 1;
  return sums.map((sum, at) =>
    [`${ROWS[Math.floor(at / 3)]} ${COLUMNS[at % 3]}`, `${Math.round((100 * sum) / all)} %`]);
}

function draw(canvas, { cells, columns, rows }) {
  const small = document.createElement("canvas");
  small.width = columns;
  small.height = rows;
  const pen = small.getContext("2d");
  const image = pen.createImageData(columns, rows);
  const most = Math.max(1, ...cells);
  cells.forEach((count, at) => {
    const part = Math.sqrt(count / most); // so that the rarer places are seen as well
    image.data.set([255, Math.round(220 - 190 * part), 40, Math.round(215 * part)], at * 4);
  });
  pen.putImageData(image, 0, 0);
  const large = canvas.getContext("2d");
  large.clearRect(0, 0, canvas.width, canvas.height);
  large.imageSmoothingQuality = "high";
  large.drawImage(small, 0, 0, canvas.width, canvas.height); // smoothed by the browser
}

export function Places({ data, tag, source }) {
  const canvas = useRef(null);
  const [ratio, setRatio] = useState(16 / 9);
  useEffect(() => draw(canvas.current, data), [data]);
  const [most] = thirds(data).sort((a, b) => parseInt(b[1], 10) - parseInt(a[1], 10));
  return html`
    <div class="places" style=${{ aspectRatio: ratio }}>
      ${data.picture_url && html`<img src=${data.picture_url} alt=""
        onLoad=${({ target }) => setRatio(target.naturalWidth / target.naturalHeight)} />`}
      <canvas ref=${canvas} width="640" height="360" role="img"
        aria-label=${`${tag} at ${source}: mostly ${most[0]}, ${most[1]}`}></canvas>
    </div>
    <p class="faint">${data.boxes.toLocaleString("en")} ${data.boxes === 1 ? "box" : "boxes"} in the newest
      ${" "}${plural(data.counted, "picture")} · mostly ${most[0]}</p>`;
}
