// A modal window: the browser keeps the focus inside and gives it back. Esc, the button and a
// click beside it close it; `onClose` must then take it away.
import { useEffect, useRef } from "preact/hooks";
import { html } from "../html.mjs";
import { Icon } from "./icon.mjs";

export function Dialog({ kind, label, onClose, children }) {
  const element = useRef(null);
  const close = () => element.current.close();
  useEffect(() => {
    const dialog = element.current;
    dialog.addEventListener("close", onClose);
    dialog.showModal();
    return () => {
      dialog.removeEventListener("close", onClose);
      dialog.close();
    };
  }, []);
  return html`
    <dialog ref=${element} class=${kind} aria-label=${label}
      onClick=${(event) => event.target === element.current && close()}>
      <button class="plain close" title="Close (Esc)" aria-label="Close" onClick=${close}>
        <${Icon} name="close" />
      </button>
      ${children}
    </dialog>`;
}
