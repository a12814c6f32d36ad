// The first module. Who is looking comes before everything else: until they are known, nothing of
// the device is asked for.
import { render } from "preact";
import { html } from "./html.mjs";
import { meet } from "./me.mjs";

const invitation = /^#invite=([\w-]+)$/.exec(location.hash)?.[1];

const show = () => import("./app.mjs");

async function ask(failure) {
  const { Gate } = await import("./components/gate.mjs");
  const done = () => {
    if (invitation) history.replaceState(null, "", location.pathname); // it is used up
    render(null, document.body);
    show();
  };
  render(html`<${Gate} invitation=${invitation} failure=${failure} done=${done} />`, document.body);
}

if (invitation) ask();
else meet().then(show, ask);
