// All words with what is known of each, and beside them the one that is looked at.
import { html } from "../html.mjs";
import { useViewKeys } from "../keys.mjs";
import { may } from "../me.mjs";
import { pictureId } from "../route.mjs";
import { plural } from "../text.mjs";
import { change, choose, chosen, fileProblem, filter, ideas, listed, look, order, shown, takeBack,
  trouble, undo, watchWords, word, words } from "../words.mjs";
import { Dialog } from "./dialog.mjs";
import { Icon } from "./icon.mjs";
import { WordPanel } from "./word_panel.mjs";

watchWords();

const SHOWN = [["used", "In pictures"], ["all", "All words"], ["own", "Changed by you"],
  ["dropped", "Dropped"]];
const ORDERS = [["count", "Most pictures"], ["name", "Name"], ["threshold", "Highest threshold"],
  ["rejected", "Most rejected"]];
const wide = matchMedia("(width >= 900px)");

const Choice = ({ label, options, of }) => html`
  <select aria-label=${label} value=${of.value} onChange=${(e) => { of.value = e.target.value; }}>
    ${options.map(([value, text]) => html`<option key=${value} value=${value}>${text}</option>`)}
  </select>`;

const Tools = () => html`
  <div class="tools">
    <div class="find">
      <${Icon} name="search" />
      <input id="find-word" type="search" aria-label="Find a word" placeholder="Find a word"
        value=${filter.value} autocomplete="off" autocapitalize="off" spellcheck=${false}
        onInput=${(event) => { filter.value = event.target.value; }}
        onKeyDown=${(event) => event.key === "ArrowDown" && (move(0), event.preventDefault())} />
    </div>
    <${Choice} label="Which words" options=${SHOWN} of=${shown} />
    <${Choice} label="In which order" options=${ORDERS} of=${order} />
  </div>`;

const Idea = ({ idea }) => html`
  <li>
    <p><button class="plain link" onClick=${() => choose(idea.tag)}>${idea.tag}</button>
      ${" "}${DEEDS[idea.idea](idea.change)}<span class="faint">${idea.why}</span></p>
    ${may("administrator") && html`
      <button aria-label=${`${idea.tag} ${DEEDS[idea.idea](idea.change)}: do it`}
        onClick=${() => change(idea.tag, idea.change)}>Do it</button>`}
  </li>`;
const DEEDS = {
  threshold: ({ threshold }) => `said from ${threshold.toFixed(2)} on`,
  drop: () => "never said",
  rename: ({ rename }) => `called ${rename}`,
};

const Ideas = () => ideas.value.length > 0 && html`
  <section class="ideas" aria-label="What your reviews suggest">
    <h2>What your reviews suggest</h2>
    <ul>${ideas.value.map((idea) => html`<${Idea} key=${idea.tag} idea=${idea} />`)}</ul>
  </section>`;

const Reviews = ({ reviews }) => reviews && reviews.accepted + reviews.rejected > 0 && html`
  <span class="judged" title=${`${reviews.accepted} accepted, ${reviews.rejected} rejected`}>
    <i style=${{ flexGrow: reviews.accepted }} class="good"></i>
    <i style=${{ flexGrow: reviews.rejected }} class="bad"></i>
  </span>`;

const about = (entry) => [
  entry.dropped && "never said",
  entry.renamed_from.length > 0 && `was ${entry.renamed_from.join(", ")}`,
  entry.above.join(" › "),
].filter(Boolean).join(" · ");

function Row({ entry, most, first }) {
  const open = entry.name === chosen.value;
  return html`
    <li>
      <button class=${entry.dropped ? "entry dropped" : "entry"} aria-pressed=${open}
        tabindex=${open || (first && !word.value) ? 0 : -1}
        onClick=${() => choose(open ? null : entry.name)}>
        <span class="called"><span>${entry.name}</span>
          <span class="faint">${about(entry)}</span></span>
        <span class="kind faint">${entry.kinds.join(", ")}</span>
        <${Reviews} reviews=${entry.reviews} />
        <span class=${entry.threshold_from === "file" ? "floor own" : "floor faint"}>
          ${entry.threshold != null && `≥ ${entry.threshold.toFixed(2)}`}</span>
        <span class="bar" aria-hidden="true">
          <i style=${{ width: `${(100 * (entry.count ?? 0)) / most}%` }}></i></span>
        <span class="number">${entry.count?.toLocaleString("en")}</span>
      </button>
    </li>`;
}

function List() {
  const rows = listed.value;
  const most = Math.max(1, ...rows.map(({ count }) => count ?? 0));
  if (!rows.length) {
    return html`<div class="empty"><h2>No such word</h2>
      <p>${filter.value ? "No word is called so." : "Nothing to show here yet."}</p>
      <button onClick=${() => { filter.value = ""; shown.value = "all"; }}>Show all words</button>
    </div>`;
  }
  return html`
    <p class="faint sum">${plural(rows.length, "word")}</p>
    <ul class="lexicon">
      ${rows.map((entry, n) => html`
        <${Row} key=${entry.name} entry=${entry} most=${most} first=${n === 0} />`)}
    </ul>`;
}

// Moves the focus by so many rows; 0: to the row that is open, or the first.
function move(by) {
  const rows = [...document.querySelectorAll("button.entry")];
  const at = rows.indexOf(document.activeElement);
  const from = at < 0 ? rows.findIndex((row) => row.ariaPressed === "true") : at;
  const to = at < 0 ? Math.max(from, 0) : Math.min(Math.max(at + by, 0), rows.length - 1);
  rows[to]?.focus();
  if (at >= 0 && word.peek() && wide.matches) rows[to]?.click();
  return rows.length > 0;
}

const KEYS = {
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  j: () => move(1),
  k: () => move(-1),
  "/": () => document.getElementById("find-word")?.focus(),
  Escape: () => (word.peek() ? choose(null) : false),
};

const HELP = [
  ["↑ ↓  or  j k", "previous, next word"],
  ["/", "find a word"],
  ["Esc", "close the word"],
];

const Undo = () => undo.value && html`
  <div class="undo" role="status">
    <span>${undo.value.failed ?? undo.value.what}</span>
    ${!undo.value.failed && html`<button class="plain" onClick=${takeBack}>Undo</button>`}
    <button class="plain" aria-label="Close" onClick=${() => { undo.value = null; }}>
      <${Icon} name="close" /></button>
  </div>`;

function Panel() {
  if (!word.value) {
    return wide.matches && html`<aside class="panel none" aria-label="Word">
      <p>Choose a word to see its pictures, and what becomes of it.</p></aside>`;
  }
  const contents = html`<${WordPanel} key=${word.value.name} />`;
  if (wide.matches) {
    return html`<aside class="panel" aria-label=${word.value.name}>
      <button class="plain close" title="Close (Esc)" aria-label="Close"
        onClick=${() => choose(null)}><${Icon} name="close" /></button>${contents}</aside>`;
  }
  // The picture view is a window of its own, and only one may be on top.
  return !pictureId.value && html`
    <${Dialog} kind="sheet word-sheet" label=${word.value.name} onClose=${() => choose(null)}>${contents}<//>`;
}

export function View() {
  useViewKeys(KEYS, HELP);
  if (!words.value) {
    return html`<main class="empty" role="alert">
      ${trouble.value && html`<h2>The words could not be fetched</h2>
        <p>${trouble.value.message}</p><button onClick=${look}>Try again</button>`}</main>`;
  }
  return html`
    <main class="vocabulary">
      <div>
        ${fileProblem.value && html`<p class="trouble" role="alert">
          The vocabulary file is wrong: ${fileProblem.value}</p>`}
        <${Ideas} /><${Tools} /><${List} />
      </div>
      <${Panel} />
      <${Undo} />
    </main>`;
}
