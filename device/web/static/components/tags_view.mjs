// Tags.
import { html } from "../html.mjs";

export const View = () => html`<main><h2>Tags</h2></main>`;
