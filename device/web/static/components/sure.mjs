// A button for what cannot be undone: it asks once more in its own place.
import { useState } from "preact/hooks";
import { html } from "../html.mjs";

const PATIENCE = 4000; // ms until it is as before

export function Sure({ label, about, act }) {
  const [asked, setAsked] = useState(0);
  const press = () => {
    clearTimeout(asked);
    if (asked) act();
    else setAsked(setTimeout(() => setAsked(0), PATIENCE));
  };
  return html`
    <button class=${asked ? "danger" : ""} onClick=${press} aria-label=${`${label} ${about}`}>
      ${asked ? "Sure?" : label}
    </button>`;
}
