// A part of the settings that is a module of its own.
import { useEffect, useState } from "preact/hooks";
import { html } from "../../html.mjs";

export function Elsewhere({ load, part }) {
  const [{ Part, problem }, set] = useState({});
  useEffect(() => {
    load().then((module) => set({ Part: module[part] }), (error) => set({ problem: error }));
  }, []);
  if (Part) return html`<${Part} />`;
  return problem && html`<p class="error" role="alert">This part could not be fetched.</p>`;
}
