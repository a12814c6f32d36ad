// Review.
import { html } from "../html.mjs";

export const View = () => html`<main><h2>Review</h2></main>`;
