// JSX without a build step: html`<p>${text}</p>` makes Preact nodes. Text is always text, so a
// tag or a file name that looks like markup is shown and never run.
import { h } from "preact";
import htm from "htm";

export const html = htm.bind(h);
