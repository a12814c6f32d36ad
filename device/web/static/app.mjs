// The page: its parts in order, and what starts with it.
import { render } from "preact";
import { effect } from "@preact/signals";
import { html } from "./html.mjs";
import { said } from "./ambient.mjs";
import { catchFiles } from "./drop.mjs";
import { health, watchHealth } from "./health.mjs";
import { listenToKeys } from "./keys.mjs";
import { listen } from "./live.mjs";
import { query } from "./route.mjs";
import { Chips } from "./components/chips.mjs";
import { DropHint } from "./components/drop_hint.mjs";
import { Grid, moveFocus } from "./components/grid.mjs";
import { Header, chooseFiles } from "./components/header.mjs";
import { HealthPanel } from "./components/health_panel.mjs";
import { Help } from "./components/help.mjs";
import { focusSearch } from "./components/search.mjs";
import { Tray } from "./components/tray.mjs";
import { Viewer, step } from "./components/viewer.mjs";

const Announcer = () => html`
  <div class="unseen" role="log" aria-live="polite">
    ${said.value.map(({ id, text }) => html`<p key=${id}>${text}</p>`)}
  </div>`;

render(html`
  <${Header} />
  <${Chips} />
  <main><${Grid} /></main>
  <${Tray} />
  <${Viewer} />
  <${HealthPanel} />
  <${Help} />
  <${DropHint} />
  <${Announcer} />
`, document.body);

effect(() => {
  const place = health.value?.device.name ?? "tagd";
  document.title = query.value ? `${query.value} – ${place}` : place;
});

listenToKeys({ focusSearch, chooseFiles, step, moveFocus });
catchFiles();
watchHealth();
listen();
