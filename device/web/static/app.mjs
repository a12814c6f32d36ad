// The page: its parts in order, and what starts with it.
import { render } from "preact";
import { effect } from "@preact/signals";
import { html } from "./html.mjs";
import { said } from "./ambient.mjs";
import { catchFiles } from "./drop.mjs";
import { check, health, watchHealth } from "./health.mjs";
import { listenToKeys } from "./keys.mjs";
import { listen } from "./live.mjs";
import { VIEWS, query, view } from "./route.mjs";
import { watchSources } from "./sources.mjs";
import { Chips } from "./components/chips.mjs";
import { DropHint } from "./components/drop_hint.mjs";
import { Grid, moveFocus } from "./components/grid.mjs";
import { Header, chooseFiles } from "./components/header.mjs";
import { HealthPanel } from "./components/health_panel.mjs";
import { Help } from "./components/help.mjs";
import { Now } from "./components/now.mjs";
import { focusSearch } from "./components/search.mjs";
import { Tray } from "./components/tray.mjs";
import { Viewer, step } from "./components/viewer.mjs";
import { Visits } from "./components/visits.mjs";

const Announcer = () => html`
  <div class="unseen" role="log" aria-live="polite">
    ${said.value.map(({ id, text }) => html`<p key=${id}>${text}</p>`)}
  </div>`;

const Pictures = () => html`<${Chips} /><main><${Grid} /></main>`;

const View = () => html`<${{ pictures: Pictures, now: Now, visits: Visits }[view.value]} />`;

render(html`
  <${Header} />
  <${View} />
  <${Tray} />
  <${Viewer} />
  <${HealthPanel} />
  <${Help} />
  <${DropHint} />
  <${Announcer} />
`, document.body);

effect(() => {
  const place = health.value?.device.name ?? "tagd";
  const [, name] = VIEWS.find(([one]) => one === view.value);
  const shown = view.value === "pictures" ? query.value : name;
  document.title = shown ? `${shown} – ${place}` : place;
});

listenToKeys({ focusSearch, chooseFiles, step, moveFocus });
catchFiles();
watchHealth();
watchSources();
listen(check);
