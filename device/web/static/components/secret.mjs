// A link or a token that is shown once, ready to be copied.
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../html.mjs";
import { say } from "../ambient.mjs";
import { Icon } from "./icon.mjs";

export function Secret({ label, value, note }) {
  const field = useRef(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    setCopied(false);
    field.current.focus();
    field.current.select();
  }, [value]);
  const copy = async () => {
    field.current.select();
    // Without TLS there is no clipboard; the old way still works there.
    await (navigator.clipboard?.writeText(value) ?? Promise.reject()).catch(
      () => document.execCommand("copy"));
    setCopied(true);
    say("Copied");
  };
  return html`
    <div class="secret" role="group" aria-label=${label}>
      <p><strong>${label}</strong> <span class="faint">${note}</span></p>
      <div class="row">
        <input ref=${field} readonly value=${value} aria-label=${label} />
        <button class="main" onClick=${copy}>
          <${Icon} name="copy" />${copied ? "Copied" : "Copy"}
        </button>
      </div>
    </div>`;
}
