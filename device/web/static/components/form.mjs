// Forms: a field with its label, and what happens between sending and the answer.
import { useState } from "preact/hooks";
import { html } from "../html.mjs";

export const Field = ({ label, hint, name, ...input }) => html`
  <label class="labelled">${label}
    <input name=${name} required type="text" spellcheck=${false} autocapitalize="off"
      aria-describedby=${hint ? `${name}-hint` : null} ...${input} />
    ${hint && html`<small id=${`${name}-hint`} class="faint">${hint}</small>`}
  </label>`;

// `work` gets the fields by name; what it rejects with is told under them.
export function useForm(work) {
  const [{ busy, problem }, set] = useState({ busy: false, problem: null });
  const send = async (event) => {
    event.preventDefault();
    if (busy) return;
    const fields = Object.fromEntries(new FormData(event.target));
    set({ busy: true, problem: null });
    try {
      await work(fields, event.target);
      set({ busy: false, problem: null });
    } catch (error) {
      set({ busy: false, problem: error.message });
    }
  };
  return { send, busy, problem };
}
