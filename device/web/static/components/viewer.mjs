// The large view of one picture, at ?picture=<id>: the picture with its boxes, tags and facts.
import { effect, signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../html.mjs";
import { get } from "../api.mjs";
import { more, pictures } from "../gallery.mjs";
import { boxesShown } from "../keys.mjs";
import { knownPicture, latest } from "../latest.mjs";
import { closePicture, openPicture, pictureId, view } from "../route.mjs";
import { more as moreVisits, visits } from "../visits.mjs";
import { Boxes } from "./boxes.mjs";
import { Dialog } from "./dialog.mjs";
import { Facts } from "./facts.mjs";
import { Icon } from "./icon.mjs";

const lit = signal(null); // the tag that the pointer is on

// What one leafs through: the best pictures of the visits where those are shown, else the grid.
const shelf = () => (view.value === "visits"
  ? (visits.value ?? []).map(({ picture }) => picture).filter(Boolean)
  : pictures.value);
const place = (id) => shelf().findIndex((picture) => picture.id === id);

// Opens the neighbour, +1 = older. At the end of what is loaded it asks for more.
export async function step(by) {
  const from = place(pictureId.peek());
  if (from < 0) return;
  if (from + by >= shelf().length) await (view.peek() === "visits" ? moreVisits() : more());
  const neighbour = shelf()[from + by];
  if (neighbour) openPicture(neighbour.id);
}

// Closing leaves the focus on the picture that was looked at last.
let last = null;
effect(() => {
  const link = `main a[href$="picture=${CSS.escape(last)}"]`;
  if (last && !pictureId.value) {
    requestAnimationFrame(() => document.querySelector(link)?.focus());
  }
  last = pictureId.value;
});

// The picture, from the grid where it is there: [picture or null, problem or null]. While one is
// on its way, the one before stays.
function usePicture(id) {
  const shown = useRef(null);
  const near = pictures.value.find((picture) => picture.id === id) ?? knownPicture(id);
  const [fetched, setFetched] = useState({});
  useEffect(() => {
    if (near || fetched.id === id) return;
    get(`pictures/${encodeURIComponent(id)}`).then(
      (picture) => setFetched({ id, picture }), (problem) => setFetched({ id, problem }));
  }, [id, near]);
  const found = near ?? (fetched.id === id ? fetched.picture : null);
  if (found) shown.current = latest(found);
  return [shown.current, !found && fetched.id === id ? fetched.problem : null];
}

function Neighbour({ by, label, icon }) {
  const at = place(pictureId.value);
  const none = at < 0 || at + by < 0 || at + by >= shelf().length;
  return html`
    <button class=${`plain turn ${icon}`} disabled=${none} aria-label=${label} title=${label}
      onClick=${() => step(by)}><${Icon} name=${icon} /></button>`;
}

function Stage({ picture }) {
  const large = picture.url ?? picture.thumbnail_url;
  if (!large) {
    return html`<p class="none"><${Icon} name="picture" />Only its tags are kept</p>`;
  }
  return html`
    <div class="fit" key=${picture.id}>
      ${picture.thumbnail_url && html`<img src=${picture.thumbnail_url} alt="" />`}
      <img src=${large} alt=${picture.name ?? "The picture"} />
      ${boxesShown.value && html`<${Boxes} picture=${picture} lit=${lit.value} />`}
    </div>`;
}

function Contents({ id }) {
  const [picture, problem] = usePicture(id);
  useEffect(() => {
    lit.value = null;
    // The neighbours are at hand before they are asked for.
    const at = place(id);
    for (const near of [shelf()[at + 1], shelf()[at - 1]]) {
      if (at >= 0 && near?.url) new Image().src = near.url;
    }
  }, [id]);
  if (problem) return html`<p class="empty" role="alert">${problem.message}</p>`;
  if (!picture) return html`<p class="empty faint">Fetching…</p>`;
  return html`
    <div class="stage" style=${{ "--ratio": picture.width / picture.height }}>
      <${Stage} picture=${picture} />
      <${Neighbour} by=${-1} icon="previous" label="Newer picture (k)" />
      <${Neighbour} by=${1} icon="next" label="Older picture (j)" />
    </div>
    <${Facts} picture=${picture} onPoint=${(name) => { lit.value = name; }} />`;
}

export const Viewer = () => pictureId.value && html`
  <${Dialog} kind="viewer" label="Picture" onClose=${closePicture}>
    <${Contents} id=${pictureId.value} />
  <//>`;
