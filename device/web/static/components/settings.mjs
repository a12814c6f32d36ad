// Settings.
import { html } from "../html.mjs";

export const View = () => html`<main><h2>Settings</h2></main>`;
