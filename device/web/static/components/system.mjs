// System.
import { html } from "../html.mjs";

export const View = () => html`<main><h2>System</h2></main>`;
