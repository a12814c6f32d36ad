// The most frequent tags; a click adds one to the query or takes it out again.
import { effect, signal } from "@preact/signals";
import { html } from "../html.mjs";
import { get } from "../api.mjs";
import { pictures, status } from "../gallery.mjs";
import { has, toggled } from "../query.mjs";
import { query, search } from "../route.mjs";

const CALM = 5000; // ms between two counts

const tags = signal([]);
let due = 0;

async function count() {
  due = 0;
  const answer = await get("tags", { limit: 16 }).catch(() => null);
  if (answer) tags.value = answer.tags;
}

effect(() => {
  pictures.value; // counted again when the list has changed
  if (status.value !== "loading") due ||= setTimeout(count, tags.peek().length ? CALM : 0);
});

export const Chips = () => html`
  <nav class="chips" aria-label="Frequent tags">
    ${tags.value.map(({ name, count: pictureCount }) => html`
      <button key=${name} aria-pressed=${has(query.value, name)}
        onClick=${() => search(toggled(query.value, name))}>
        ${name}<span class="count">${pictureCount}</span>
      </button>`)}
  </nav>`;
