// The disk as one bar: what tagd keeps, what others have, what is free; and how long it will do.
import { html } from "../html.mjs";
import { bytes, plural } from "../text.mjs";
import { Card } from "./machine.mjs";

// In the order of the bar.
const PARTS = [
  ["pictures", "Pictures"], ["thumbnails", "Thumbnails"], ["database", "Database"],
  ["backups", "Backups"], ["models", "Models"], ["reserve", "Reserve"],
];

function rules({ days, max_gb: most, min_free: least, by_source: sources, by_tag: tags }) {
  const own = Object.keys(sources).length + Object.keys(tags).length;
  const said = [
    days && `after ${plural(days, "day")}`,
    most && `from ${most} GB on`,
    least && `when less than ${least} is free`,
    own && `by ${plural(own, "rule")} of sources and tags`,
  ].filter(Boolean);
  return said.length ? `Pictures are forgotten ${said.join(", ")}.` : "Nothing is ever forgotten.";
}

export function Storage({ storage: { room, parts, forecast, retention, backup, wear } }) {
  const own = PARTS.map(([key, words]) => [key, words, parts[key]]).filter(([, , size]) => size);
  const sum = own.reduce((total, [, , size]) => total + size, 0);
  const others = room && Math.max(0, room.total_bytes - room.free_bytes - sum);
  const all = room
    ? [...own, ["others", "Everything else", others], ["free", "Free", room.free_bytes]] : own;
  const whole = room ? room.total_bytes : sum || 1;
  return html`
    <${Card} title="Storage" about=${room && `${bytes(room.free_bytes)} of ${
      bytes(room.total_bytes)} free`}>
      <div class="stack" role="img"
        aria-label=${all.map(([, words, size]) => `${words} ${bytes(size)}`).join(", ")}>
        ${all.map(([key, words, size]) => html`
          <i key=${key} class=${`part-${key}`} title=${`${words}: ${bytes(size)}`}
            style=${{ flexGrow: size / whole }}></i>`)}
      </div>
      <ul class="stack-legend">
        ${all.map(([key, words, size]) => html`
          <li key=${key}><i class=${`part-${key}`}></i>${words} <span>${bytes(size)}</span></li>`)}
      </ul>
      <p>${forecast ? html`${forecast.told} <span class="faint">${
        bytes(forecast.bytes_a_day)} a day.</span>` : "The files are being counted."}</p>
      <p class="faint">${[
        rules(retention),
        backup && `Newest backup: ${backup}.`,
        wear?.written_bytes != null && `${bytes(wear.written_bytes)} written since the start.`,
      ].filter(Boolean).join(" ")}</p>
    <//>`;
}
