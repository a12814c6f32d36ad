// Above what is reviewed: which pictures, in which order, how far everyone is, and how fast.
import { html } from "../html.mjs";
import { ahead, pace, progress } from "../progress.mjs";
import { counted, ORDERS, problem } from "../review.mjs";
import { label, order, query, showReview } from "../route.mjs";
import { Icon } from "./icon.mjs";

const number = (value) => value.toLocaleString("en");

function Progress() {
  if (!progress.value) return html`<p class="review-progress"></p>`;
  const { waiting, reviewed } = progress.value;
  const total = waiting + reviewed;
  const done = Math.max(0, Math.min(reviewed + ahead.value, total));
  const speed = pace(counted.value);
  return html`
    <div class="review-progress">
      <progress value=${total ? done / total : 1} aria-label="Reviewed"></progress>
      <p><strong>${number(done)} of ${number(total)}</strong>
        ${counted.value.length > 0 && html`<span class="faint"> · ${
          number(counted.value.length)} by you now${speed && `, ${speed} a minute`}</span>`}</p>
    </div>`;
}

function Filter() {
  const entered = (event) => {
    if (event.key === "Escape") event.target.blur();
    if (event.key !== "Enter") return;
    showReview({ q: event.target.value.trim() });
    event.target.blur();
  };
  return html`
    <label class="review-filter">
      <span class="unseen">Only pictures of this search</span>
      <${Icon} name="search" />
      <input type="search" value=${query.value} placeholder="All pictures" spellcheck=${false}
        autocapitalize="off" enterkeyhint="search" aria-invalid=${Boolean(problem.value?.column)}
        onKeyDown=${entered} onChange=${(event) => showReview({ q: event.target.value.trim() })} />
    </label>`;
}

const Order = () => html`
  <select aria-label="Order" value=${order.value ?? ORDERS[0][0]}
    onChange=${({ target }) => { showReview({ by: target.value }); target.blur(); }}>
    ${ORDERS.map(([name, text]) => html`<option key=${name} value=${name}>${text}</option>`)}
  </select>`;

export const ReviewBar = () => html`
  <div class="review-bar">
    <${Filter} />
    ${label.value === null && html`<${Order} />`}
    <${Progress} />
    <button aria-pressed=${label.value !== null} title="Many pictures of one tag (v)"
      onClick=${() => showReview({ tag: label.value === null ? "" : null })}>
      <${Icon} name="grid" /><span>By tag</span> <kbd>v</kbd>
    </button>
  </div>`;
