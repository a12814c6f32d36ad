// A line of text that is told when it is finished, and that nobody changes under the fingers: what
// comes from the device meanwhile is shown once the typed text is settled.
import { useState } from "preact/hooks";
import { html } from "../../html.mjs";

// `onDone(text)` may take its time.
export function Entry({ value, onDone, ...more }) {
  const [typed, set] = useState(null);
  const done = async ({ target }) => {
    const text = target.value;
    await onDone(text.trim());
    set((now) => (now === text ? null : now)); // unless somebody types on
  };
  return html`<input autocomplete="off" spellcheck=${false} ...${more} value=${typed ?? value}
    onInput=${({ target }) => set(target.value)} onChange=${done} />`;
}
