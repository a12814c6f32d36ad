// "2 min ago", with the exact time of day to hover over.
import { html } from "../html.mjs";
import { now } from "../ambient.mjs";
import { ago, exact } from "../text.mjs";

export function Time({ at }) {
  return html`<time datetime=${at} title=${exact(at)}>${ago(Date.parse(at), now.value)}</time>`;
}
