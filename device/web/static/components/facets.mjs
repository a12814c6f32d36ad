// Beside the grid: what there is in the pictures of the search, each a click away. The counts of a
// facet leave out what was chosen in it, so that they say what a further choice adds.
import { effect, signal, untracked } from "@preact/signals";
import { html } from "../html.mjs";
import { get } from "../api.mjs";
import { pictures, status } from "../gallery.mjs";
import { chosen, toggled, without } from "../narrow.mjs";
import { address, link, query, search, view } from "../route.mjs";
import { Icon } from "./icon.mjs";
import { Saved } from "./saved.mjs";

const CALM = 5000; // ms between two counts while pictures come in
const WIDE = matchMedia("(width >= 1100px)"); // as in facets.css
const SHOWN = { tags: 14, sources: 8, days: 7 };
const TITLES = { tags: "Tags", sources: "Sources", days: "Days (UTC)" };

const counts = signal(null); // {tags, sources, days, counted, complete}, null before the first
const open = signal(WIDE.matches);
WIDE.addEventListener("change", () => { open.value = WIDE.matches; });

let asked = null; // the query of the request that is on its way
async function count() {
  const q = query.peek();
  asked = q;
  const bases = Object.fromEntries(Object.keys(SHOWN).map((facet) => [facet, without(q, facet)]));
  const different = [...new Set(Object.values(bases))];
  const answers = await Promise.all(different.map(
    (base) => get("facets", { q: base, limit: 24 }).catch(() => null)));
  if (asked !== q || answers.includes(null)) return;
  const of = (facet) => answers[different.indexOf(bases[facet])];
  counts.value = Object.fromEntries(Object.keys(SHOWN).map((facet) =>
    [facet, { list: of(facet)[facet], complete: of(facet).complete, counted: of(facet).counted }]));
}

let due = 0;
effect(() => { // a new query at once, new pictures now and then
  query.value;
  if (view.value === "pictures" && open.value) untracked(count);
});
effect(() => {
  pictures.value;
  if (status.value !== "ready" || !untracked(() => open.value)) return;
  due ||= setTimeout(() => { due = 0; if (view.peek() === "pictures") count(); }, CALM);
});

const Value = ({ facet, name, number, on }) => {
  const q = toggled(query.value, facet, name);
  const { href, onClick } = link(address(q, null, "pictures"), () => search(q));
  return html`
    <li><a href=${href} onClick=${onClick} aria-current=${on ? "true" : null}>
      <span class="name">${name}</span><span class="count">${number ?? ""}</span></a></li>`;
};

function Facet({ facet }) {
  const { list, complete, counted } = counts.value[facet];
  const on = chosen(query.value, facet);
  const key = facet === "days" ? "date" : "name";
  const numbers = new Map(list.map((one) => [one[key], one.count]));
  const names = [...new Set([...on, ...numbers.keys()])].slice(0, SHOWN[facet] + on.length);
  return names.length > 0 && html`
    <section aria-label=${TITLES[facet]}>
      <h2>${TITLES[facet]}</h2>
      <ul>${names.map((name) => html`
        <${Value} key=${name} facet=${facet} name=${name} number=${numbers.get(name)}
          on=${on.includes(name)} />`)}</ul>
      ${!complete && facet === "tags" && html`
        <p class="faint">of the newest ${counted.toLocaleString("en")} pictures</p>`}
    </section>`;
}

export const Facets = () => html`
  <aside class=${open.value ? "facets open" : "facets"} aria-label="Narrow the search">
    <button class="fold" aria-expanded=${open.value}
      onClick=${() => { open.value = !open.value; }}>
      Narrow the search<${Icon} name=${open.value ? "up" : "down"} />
    </button>
    ${open.value && html`
      <div class="facet-list">
        ${counts.value && Object.keys(SHOWN).map((one) => html`<${Facet} key=${one} facet=${one} />`)}
        <${Saved} />
      </div>`}
  </aside>`;
