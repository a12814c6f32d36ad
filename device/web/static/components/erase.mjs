// Erase for ever all that a search finds: what that is, then the word, then how far it is.
import { useEffect, useState } from "preact/hooks";
import { html } from "../html.mjs";
import { act, ask, busy, copies, erase, found, look, much, problem, removeCopies }
  from "../erasing.mjs";
import { bytes, plural } from "../text.mjs";
import { Time } from "./time.mjs";

const MANY = 20; // pictures, from which on their number is to be typed

function Thumbnails({ pictures }) {
  return html`
    <ul class="erase-shown" aria-label="Some of the pictures">
      ${pictures.map(({ id, name, thumbnail_url: url }) => html`
        <li key=${id}>${url
          ? html`<img src=${url} alt=${name ?? "A picture"} />`
          : html`<span class="faint">tags only</span>`}</li>`)}
    </ul>`;
}

function Confirm({ size }) {
  const [typed, setTyped] = useState("");
  const large = size.pictures >= MANY;
  const ready = !busy.value && (!large || typed.trim() === String(size.pictures));
  const submit = (event) => {
    event.preventDefault();
    if (ready) erase();
  };
  return html`
    <form class="erase-confirm" onSubmit=${submit}>
      <p><strong>${much(size)}</strong></p>
      <${Thumbnails} pictures=${size.shown} />
      ${large && html`
        <label>Type ${size.pictures} to erase them
          <input inputmode="numeric" autocomplete="off" value=${typed}
            onInput=${(event) => setTyped(event.target.value)} /></label>`}
      <p class="deeds">
        <button type="button" onClick=${() => { found.value = null; }}>Keep</button>
        <button class="danger" disabled=${!ready}>Erase for ever</button>
      </p>
    </form>`;
}

const Progress = ({ done }) => html`
  <div role="status">
    <p>${done.erased ? "Erased" : "Erasing…"} ${plural(done.pictures, "picture")},
      ${" "}${plural(done.visits, "visit")}, ${bytes(done.bytes)}</p>
    ${!done.erased && html`<progress aria-label="Erasing" />
      <p class="faint">It goes on when you leave this page.</p>`}
  </div>`;

const Copies = () => html`
  <section class="erase-copies">
    <h3>Copies that still hold what was erased</h3>
    <ul>${copies.value.map(({ name, at, bytes: size }) => html`
      <li key=${name}><code>${name}</code>
        <span class="faint">${bytes(size)}, <${Time} at=${at} /></span></li>`)}</ul>
    <p class="faint">A restore leaves out what was erased. They can also go now; a new copy is made
      first.</p>
    <p><button disabled=${busy.value} onClick=${removeCopies}>Remove these copies</button></p>
  </section>`;

export function Erase() {
  const [q, setQ] = useState("");
  useEffect(() => { look().catch((error) => { problem.value = error; }); }, []);
  const submit = (event) => {
    event.preventDefault();
    if (q.trim()) ask(q.trim());
  };
  return html`
    <section class="erase" aria-label="Erase">
      <h2>Erase</h2>
      <p class="faint">Pictures, tags, visits and events that a search finds now. It cannot be undone,
        and nothing of it comes back from a backup.</p>
      <form class="erase-ask" onSubmit=${submit}>
        <label>What
          <input type="search" value=${q} placeholder="source:hall createdAt<30d"
            autocomplete="off" autocapitalize="off" spellcheck=${false}
            onInput=${(event) => { setQ(event.target.value); found.value = null; }} /></label>
        <button disabled=${busy.value || !q.trim()}>Show how much</button>
      </form>
      ${problem.value && html`<p class="error" role="alert">${problem.value.message}</p>`}
      ${found.value && (found.value.pictures || found.value.visits
        ? html`<${Confirm} key=${found.value.q} size=${found.value} />`
        : html`<p role="status">Nothing matches. It is the language of the search field above.</p>`)}
      ${act.value && html`<${Progress} done=${act.value} />`}
      ${copies.value.length > 0 && html`<${Copies} />`}
    </section>`;
}

export const View = Erase;
