// Zones, motion masks and privacy masks, drawn on the newest picture of their source.
import { useEffect, useState } from "preact/hooks";
import { html } from "../../html.mjs";
import { get } from "../../api.mjs";
import { say } from "../../ambient.mjs";
import { rectangle } from "../../polygon.mjs";
import { at, change, problemAt, settled } from "../../settings.mjs";
import { plural } from "../../text.mjs";
import { Sight } from "../sight.mjs";
import { Canvas } from "./canvas.mjs";
import { Entry } from "./entry.mjs";
import { KINDS, newPlace, removal, shapesOf } from "./shapes.mjs";

const NAME = /^[a-z0-9_-]{1,64}$/;

function usePicture(name, live) {
  const [url, set] = useState(null);
  useEffect(() => {
    if (live) return;
    get("pictures", { q: `source:"${name}"`, limit: 1 })
      .then(({ pictures: [newest] }) => set(newest?.thumbnail_url ?? null), () => {});
  }, [name, live]);
  if (live) return html`<${Sight} name=${name} />`;
  return url ? html`<img src=${url} alt=${`The newest picture of ${name}`} />`
    : html`<p class="sight none">No picture yet. What you draw counts in parts of it.</p>`;
}

function Row({ shape, shown, onSelect, onRemove, onRename }) {
  const wrong = problemAt(shape.place);
  return html`
    <li class=${shown ? "shown" : ""}>
      ${shape.kind === "zone" && shown
        ? html`<i class="key zone"></i><${Entry} aria-label="Name of the zone" value=${shape.name}
            onDone=${onRename} />`
        : html`<button type="button" class="plain" aria-pressed=${shown} onClick=${onSelect}>
            <i class=${`key ${shape.kind}`}></i>${shape.name}</button>`}
      <span class="faint">${plural(shape.corners.length, "corner")}</span>
      <button type="button" class="plain" aria-label=${`Remove ${shape.name}`} onClick=${onRemove}>×</button>
      ${wrong && html`<p class="error" role="alert">${wrong}</p>`}
    </li>`;
}

export function Masks({ source, index, now }) {
  const picture = usePicture(source.name, Boolean(now?.picture));
  const [selected, select] = useState(0);
  const [moving, move] = useState(null); // {place, corners} that is being dragged
  const [drawing, draw] = useState(null); // {kind, corners}
  const shapes = shapesOf(source, index).map((one) => (
    moving?.place.join() === one.place.join() ? { ...one, corners: moving.corners } : one));
  const shape = shapes[selected];

  const current = async () => {
    await settled();
    return at(["sources", index]) ?? source;
  };
  const add = async (kind, corners) => {
    draw(null);
    const place = newPlace(kind, await current(), index);
    await change([place, corners]);
    const all = shapesOf(await current(), index);
    select(all.findIndex((one) => one.place.join() === place.join()));
    say(`${KINDS[kind].words} added: move its corners with the arrow keys`);
  };
  const onChange = (corners) => move({ place: shape.place, corners });
  const onDone = () => move((last) => {
    if (last) change([last.place, last.corners]).then(() => move((it) => (it === last ? null : it)));
    return last;
  });
  const remove = async (one) => {
    await change(removal(one, await current()));
    select(0);
  };
  const rename = async (one, name) => {
    if (name === one.name) return;
    if (!NAME.test(name) || name in source.zones) {
      say("A zone's name has a-z, 0-9, _ and -, and is used once");
      return;
    }
    const place = ["sources", index, "zones"];
    const zone = (await current()).zones[one.name];
    await change([[...place, name], zone], [[...place, one.name], undefined]);
  };
  const key = (event) => {
    if (!drawing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    if (event.key === "Escape") draw(null);
    else add(drawing.kind, drawing.corners.length > 2 ? drawing.corners : rectangle());
  };
  return html`
    <div class="masks" onKeyDown=${key}>
      <${Canvas} shapes=${shapes} selected=${selected} picture=${picture} onSelect=${select}
        drawing=${drawing?.corners} onDraw=${(corners) => draw({ ...drawing, corners })}
        onClose=${() => add(drawing.kind, drawing.corners)} onChange=${onChange} onDone=${onDone} />
      <p class="kinds">${Object.entries(KINDS).map(([kind, { add: words, hint }]) => html`
        <button key=${kind} type="button" title=${hint} aria-pressed=${drawing?.kind === kind}
          onClick=${() => draw(drawing?.kind === kind ? null : { kind, corners: [] })}>
          <i class=${`key ${kind}`}></i>${words}</button>`)}
        ${drawing && html`<button type="button" onClick=${() => add(drawing.kind, rectangle())}>As a rectangle</button>`}</p>
      <p class="faint" role="status">${drawing
        ? "Click its corners on the picture; a click on the first, or Enter, closes it. Esc: not after all."
        : "Drag the corners, or move them with the arrow keys (Shift: far); + adds one, Delete takes one away."}</p>
      <ul class="shapes">${shapes.map((one, n) => html`
        <${Row} key=${one.place.join()} shape=${one} shown=${n === selected} onSelect=${() => select(n)}
          onRemove=${() => remove(one)} onRename=${(name) => rename(one, name)} />`)}</ul>
    </div>`;
}
