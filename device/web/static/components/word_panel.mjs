// One word: its pictures, from which confidence on it is said, what it is called, what is above it.
import { useEffect, useState } from "preact/hooks";
import { html } from "../html.mjs";
import { get } from "../api.mjs";
import { may } from "../me.mjs";
import { quoted } from "../query.mjs";
import { pictureLink, searchLink } from "../route.mjs";
import { plural } from "../text.mjs";
import { choose, draft, outcome, save, saving, wish, word, words } from "../words.mjs";
import { Threshold } from "./threshold.mjs";

const SAMPLES = 6;

function useSamples(name) {
  const [pictures, set] = useState([]);
  useEffect(() => {
    get("pictures", { q: quoted(name), limit: SAMPLES }).then(
      (page) => set(page.pictures.filter((picture) => picture.thumbnail_url)), () => set([]));
  }, [name]);
  return pictures;
}

const Samples = ({ pictures, name }) => pictures.length > 0 && html`
  <ul class="samples">
    ${pictures.map((picture) => html`
      <li key=${picture.id}><a ...${pictureLink(picture.id)}>
        <img src=${picture.thumbnail_url} alt=${`A picture with ${name}`} loading="lazy" />
      </a></li>`)}
  </ul>`;

const split = (text) => text.split(",").map((one) => one.trim().toLowerCase()).filter(Boolean);
const same = (one, other) => one.join() === other.join();

// A list of names in one line, with commas.
function Names({ label, hint, key_: key, names }) {
  const [text, set] = useState(names.join(", "));
  const typed = (event) => {
    set(event.target.value);
    const wanted = split(event.target.value);
    wish(key, same(wanted, names) ? undefined : wanted);
  };
  return html`
    <label>${label}<input value=${text} disabled=${!may("administrator")} placeholder=${hint}
      autocapitalize="off" spellcheck=${false} onInput=${typed} /></label>`;
}

function Called({ entry }) {
  const [text, set] = useState(entry.name);
  const to = text.trim().toLowerCase();
  const other = to !== entry.name && words.value.find(({ name }) => name === to);
  const typed = (event) => {
    set(event.target.value);
    const asked = event.target.value.trim().toLowerCase();
    wish("rename", asked && asked !== entry.name ? asked : undefined);
  };
  return html`
    <label>Called<input value=${text} list="all-words" disabled=${!may("administrator")}
      autocapitalize="off" spellcheck=${false} onInput=${typed} /></label>
    <datalist id="all-words">
      ${words.value.map(({ name }) => html`<option key=${name} value=${name} />`)}</datalist>
    ${other && html`<p class="faint">Both become one word, ${to}:
      ${plural((entry.count ?? 0) + (other.count ?? 0), "picture")}.</p>`}
    ${entry.renamed_from.length > 0 && html`<p class="faint">
      Was ${entry.renamed_from.join(", ")}.${" "}
      ${may("administrator") && html`
        <button class="plain link" onClick=${() => wish("rename", null)}>Call it so again</button>`}
      </p>`}`;
}

const Line = ({ text }) => html`
  <span class=${text[0] === "+" ? "new" : text[0] === "-" ? "old" : ""}>${text}${"\n"}</span>`;

// What the draft does to the owner's file, before it is saved.
function Outcome() {
  if (!Object.keys(draft.value).length) return null;
  const { diff, problem } = outcome.value ?? {};
  const lines = diff?.split("\n").slice(2).filter((line) => !line.startsWith("@@"));
  return html`
    <div class="outcome-of" role="region" aria-label="What will be written">
      ${problem && html`<p class="error" role="alert">${problem.message}</p>`}
      ${diff === "" && html`<p class="faint">It is so already.</p>`}
      ${diff !== "" && (diff || !problem) && html`<p class="faint">vocabulary.yaml</p>
        <pre>${lines?.map((text) => html`<${Line} text=${text} />`) ?? "…"}</pre>`}
      <p class="deeds">
        <button class="main" disabled=${!diff || saving.value} onClick=${save}>
          ${saving.value ? "Saving…" : "Save"}</button>
        <button onClick=${() => choose(word.value.name)}>Discard</button>
      </p>
    </div>`;
}

function Drop({ entry }) {
  const dropped = draft.value.drop ?? entry.dropped;
  const turn = () => wish("drop", dropped === entry.dropped ? !dropped : undefined);
  return html`
    <p class="say">
      <span>Said of pictures</span>
      <button class="switch" role="switch" aria-checked=${!dropped} aria-label="Said of pictures"
        disabled=${!may("administrator")} onClick=${turn}><i></i></button>
    </p>`;
}

const list = (names) => names.join(", ") || "–";

export function WordPanel() {
  const entry = word.value;
  const [round, again] = useState(0);
  const pictures = useSamples(entry.name);
  useEffect(() => { if (!Object.keys(draft.value).length) again(round + 1); }, [draft.value]);
  return html`
    <h2>${entry.name}</h2>
    <p class="faint"><a ...${searchLink(quoted(entry.name))}>
      ${entry.count == null ? "Its pictures" : plural(entry.count, "picture")}</a>
      ${entry.kinds.length > 0 && ` · ${entry.kinds.join(", ")}`}
      ${entry.taggers.length > 0 && ` · said by ${entry.taggers.join(", ")}`}</p>
    <${Samples} pictures=${pictures} name=${entry.name} />
    <${Threshold} entry=${entry} />
    <fieldset key=${round}>
      <${Called} entry=${entry} />
      <${Names} label="Above it" key_="parents" names=${entry.parents} hint="animal, pet" />
      <${Names} label="Also found by" key_="synonyms" names=${entry.synonyms} hint="other words" />
      <${Drop} entry=${entry} />
    </fieldset>
    <${Outcome} />
    <dl>
      <dt>All above it</dt><dd>${list(entry.above)}</dd>
      <dt>Labels</dt><dd class="labels">${list(entry.labels)}</dd>
      ${entry.reviews && html`<dt>Reviews</dt><dd>${entry.reviews.accepted} accepted,
        ${" "}${entry.reviews.rejected} rejected, ${entry.reviews.added} added</dd>`}
    </dl>`;
}
