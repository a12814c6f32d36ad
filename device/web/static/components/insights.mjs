// Insights.
import { html } from "../html.mjs";

export const View = () => html`<main><h2>Insights</h2></main>`;
