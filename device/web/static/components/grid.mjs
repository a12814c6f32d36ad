// The endless grid, newest first, and what is said when there is nothing in it.
import { useEffect, useRef } from "preact/hooks";
import { html } from "../html.mjs";
import { held, more, pictures, problem, reload, showWaiting, status } from "../gallery.mjs";
import { latest } from "../latest.mjs";
import { may } from "../me.mjs";
import { query, search } from "../route.mjs";
import { plural } from "../text.mjs";
import { chooseFiles } from "./header.mjs";
import { Icon } from "./icon.mjs";
import { Tile } from "./tile.mjs";

const AHEAD = "800px"; // the page below is fetched when this near

// Preact skips a node that it is given again: a picture that came draws one tile, not them all.
const made = new WeakMap();
function tile(picture) {
  if (!made.has(picture)) made.set(picture, html`<${Tile} key=${picture.id} picture=${picture} />`);
  return made.get(picture);
}

function Sentinel() {
  const element = useRef(null);
  const { length } = pictures.value;
  useEffect(() => { // observed anew after each page: still in sight means one more
    const seen = new IntersectionObserver(
      ([entry]) => { if (entry.isIntersecting) more(); }, { rootMargin: AHEAD });
    seen.observe(element.current);
    return () => seen.disconnect();
  }, [length]);
  return html`<div ref=${element}></div>`;
}

function Pill() {
  const toTop = () => {
    showWaiting();
    scrollTo({ top: 0 });
  };
  return held.value > 0 && html`
    <button class="pill" onClick=${toTop}><${Icon} name="up" />${held.value} new</button>`;
}

function Nothing() {
  if (status.value === "failed") {
    if (problem.value.column) return null; // said under the search box
    return html`
      <div class="empty" role="alert">
        <h2>The pictures could not be fetched</h2><p>${problem.value.message}</p>
        <button onClick=${reload}>Try again</button>
      </div>`;
  }
  if (status.value === "loading") return null;
  return query.value
    ? html`
      <div class="empty">
        <h2>Nothing found</h2><p>No picture matches <q>${query.value}</q>.</p>
        <button onClick=${() => search("")}>Show all pictures</button>
      </div>`
    : html`
      <div class="empty">
        <${Icon} name="picture" /><h2>No pictures yet</h2>
        ${may("reviewer") ? html`
          <p>Drop a picture here, or into the inbox folder of the device.</p>
          <button onClick=${chooseFiles}>Choose pictures</button>`
        : html`<p>They appear here as soon as the device has tagged the first one.</p>`}
      </div>`;
}

export function Grid() {
  const list = pictures.value.map(latest);
  const name = query.value ? `Pictures with ${query.value}` : "Pictures, newest first";
  return html`
    <${Pill} />
    ${list.length
      ? html`
        <section class="grid" aria-label=${name} aria-busy=${status.value === "loading"}>
          ${list.map(tile)}
        </section>`
      : html`<${Nothing} />`}
    <${Sentinel} />
    ${list.length > 0 && html`<p class="faint end">${plural(list.length, "picture")} shown</p>`}`;
}

const top = (tile) => tile.getBoundingClientRect().top;

// Moves the focus by `dx` pictures or `dy` rows, in the grid or the visits. False: none is there.
export function moveFocus(dx, dy) {
  const tiles = [...document.querySelectorAll("a.tile, a.best")];
  const from = tiles.indexOf(document.activeElement);
  if (from < 0 && dy) return false; // the arrows scroll until a picture has the focus
  const columns = tiles.findIndex((tile) => top(tile) > top(tiles[0]));
  const to = from < 0 ? 0 : from + dx + dy * Math.max(columns, 1);
  tiles[to]?.focus();
  return to in tiles;
}
