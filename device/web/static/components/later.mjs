// A view whose module and style sheets are fetched when it is first shown; the module exports
// `View`. `as`: the element that stands there until then.
import { useEffect, useState } from "preact/hooks";
import { html } from "../html.mjs";

const sheets = new Map(); // name: when it is there

const sheet = (name) => new Promise((resolve, reject) => {
  const link = Object.assign(document.createElement("link"), {
    rel: "stylesheet",
    href: new URL(`../${name}.css`, import.meta.url).href,
    onload: resolve,
    onerror: () => {
      link.remove();
      sheets.delete(name);
      reject(new Error("The device did not send how it looks."));
    },
  });
  document.head.append(link);
});

function styled(name) {
  if (!sheets.has(name)) sheets.set(name, sheet(name));
  return sheets.get(name);
}

export function Later({ load, styles = [], as = "main" }) {
  const [{ Part, problem }, set] = useState({});
  const fetch = () => Promise.all([load(), ...styles.map(styled)]).then(
    ([{ View: part }]) => set({ Part: part }), (error) => set({ problem: error }));
  useEffect(() => { fetch(); }, []);
  if (Part) return html`<${Part} />`;
  if (!problem) return html`<${as}><//>`;
  return html`<${as} class="empty" role="alert"><h2>This view could not be fetched</h2>
    <p>${problem.message}</p><button onClick=${fetch}>Try again</button><//>`;
}
