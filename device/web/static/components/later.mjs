// A view whose module is fetched when it is first shown; it exports `View`. `as`: the element that
// stands there until then.
import { useEffect, useState } from "preact/hooks";
import { html } from "../html.mjs";

export function Later({ load, as = "main" }) {
  const [{ Part, problem }, set] = useState({});
  const fetch = () => load().then(
    ({ View: part }) => set({ Part: part }), (error) => set({ problem: error }));
  useEffect(() => { fetch(); }, []);
  if (Part) return html`<${Part} />`;
  if (!problem) return html`<${as}><//>`;
  return html`<${as} class="empty" role="alert"><h2>This view could not be fetched</h2>
    <p>${problem.message}</p><button onClick=${fetch}>Try again</button><//>`;
}
