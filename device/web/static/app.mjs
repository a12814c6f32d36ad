// The page: its parts in order, and what starts with it.
import { render } from "preact";
import { effect } from "@preact/signals";
import { html } from "./html.mjs";
import { said } from "./ambient.mjs";
import { catchFiles } from "./drop.mjs";
import { check, health, watchHealth } from "./health.mjs";
import { listenToKeys } from "./keys.mjs";
import { listen } from "./live.mjs";
import { may } from "./me.mjs";
import { VIEWS, query, view } from "./route.mjs";
import { watchSources } from "./sources.mjs";
import { Again } from "./components/again.mjs";
import { Chips } from "./components/chips.mjs";
import { Choice } from "./components/choice.mjs";
import { DropHint } from "./components/drop_hint.mjs";
import { Facets } from "./components/facets.mjs";
import { Grid, moveFocus } from "./components/grid.mjs";
import { Header, chooseFiles } from "./components/header.mjs";
import { HealthPanel } from "./components/health_panel.mjs";
import { Help } from "./components/help.mjs";
import { Later } from "./components/later.mjs";
import { Nav } from "./components/nav.mjs";
import { Person } from "./components/person.mjs";
import { focusSearch } from "./components/search.mjs";
import { SaveBar } from "./components/save_bar.mjs";
import { Timeline } from "./components/timeline.mjs";
import { Tray } from "./components/tray.mjs";
import { Viewer, step } from "./components/viewer.mjs";

const Announcer = () => html`
  <div class="unseen" role="log" aria-live="polite">
    ${said.value.map(({ id, text }) => html`<p key=${id}>${text}</p>`)}
  </div>`;

const Pictures = () => html`
  <${Chips} />
  <div class="found">
    <${Facets} /><main><${Timeline} /><${Grid} /></main>
  </div>
  <${Choice} />`;

// What few look at each day is fetched when it is asked for.
const LATER = {
  now: [() => import("./components/now.mjs"), ["now"]],
  visits: [() => import("./components/visits.mjs"), ["now"]],
  review: [() => import("./components/review.mjs")],
  tags: [() => import("./components/tags_view.mjs"), ["tags"]],
  insights: [() => import("./components/insights.mjs"), ["insights"]],
  settings: [() => import("./components/settings.mjs"), ["now", "settings", "masks"]],
  system: [() => import("./components/system.mjs"), ["system"]],
};

const NotYours = ({ role }) => html`
  <main class="empty"><h2>Not for you</h2><p>This view needs the role ${role}.</p></main>`;

function View() {
  const [, , role] = VIEWS.find(([one]) => one === view.value);
  if (!may(role)) return html`<${NotYours} role=${role} />`;
  if (view.value === "pictures") return html`<${Pictures} />`;
  const [load, styles] = LATER[view.value];
  return html`<${Later} key=${view.value} load=${load} styles=${styles} />`;
}

render(html`
  <${Header} />
  <${Nav} />
  <${View} />
  <${SaveBar} />
  <${Tray} />
  <${Viewer} />
  <${HealthPanel} />
  <${Person} />
  <${Again} />
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
