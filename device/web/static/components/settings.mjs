// Settings: sections on the left (a list of pages on phones), what is not saved yet below.
import { useEffect } from "preact/hooks";
import { html } from "../html.mjs";
import {
  config, dirty, discard, load, phase, problems, review, reviewing, save, trouble,
} from "../settings.mjs";
import { section, sectionLink } from "../settings_route.mjs";
import { plural } from "../text.mjs";
import { Icon } from "./icon.mjs";
import { Later } from "./later.mjs";
import { Backups } from "./settings/backups.mjs";
import { Broker } from "./settings/broker.mjs";
import { Device, Network } from "./settings/device.mjs";
import { File } from "./settings/file.mjs";
import { Review } from "./settings/review.mjs";
import { Sources } from "./settings/sources.mjs";
import { Store } from "./settings/store.mjs";

const People = () => html`<${Later} load=${() => import("./people.mjs")} as="div" />`;
const Privacy = () => html`<${Later} load=${() => import("./erase.mjs")} as="div" />`;

// Name, words, what it is about, the part.
const SECTIONS = [
  ["device", "Device", "its name and where it keeps things", Device],
  ["sources", "Sources", "cameras and folders, zones and masks", Sources],
  ["mqtt", "MQTT", "the broker that hears of it", Broker],
  ["store", "Storage", "what is kept, and for how long", Store],
  ["backup", "Backup", "copies of the database", Backups],
  ["people", "People and tokens", "who may look, review and change", People],
  ["privacy", "Privacy", "erase pictures for good", Privacy],
  ["network", "Page and network", "where this page is found", Network],
  ["file", "The whole file", "as YAML, with its comments", File],
];

const Sections = ({ shown }) => html`
  <nav class="sections" aria-label="Settings">
    ${SECTIONS.map(([name, words, about]) => html`
      <a key=${name} aria-current=${shown === name ? "page" : null} ...${sectionLink(name)}>
        <strong>${words}</strong><span class="faint">${about}</span></a>`)}
  </nav>`;

function Told() {
  const { applied, problem } = config.value;
  return html`
    ${applied.state === "put_back" && html`
      <p class="notice bad" role="alert"><strong>The last change was taken back.</strong>
        ${" "}tagd could not start with it: ${applied.problem}</p>`}
    ${problem && html`<p class="notice" role="status">
      <strong>Nothing can be saved from here.</strong> ${problem}</p>`}
    ${trouble.value && html`<p class="notice bad" role="alert">${trouble.value.message}
      ${trouble.value.status === 412 && html` <button onClick=${load}>Load it again</button>`}</p>`}`;
}

function Unsaved() {
  if (phase.value === "restarting") {
    return html`<div class="unsaved" role="status"><span class="dot warn"></span>
      <p>Saved. tagd applies it; this takes some seconds…</p></div>`;
  }
  if (!dirty.value) return null;
  const wrong = problems.value.length;
  return html`
    <div class="unsaved" role="region" aria-label="Changes that are not saved">
      <span class=${`dot ${wrong ? "bad" : "warn"}`}></span>
      <p>${wrong ? `${plural(wrong, "problem")} to solve` : "Not saved yet"}</p>
      <button onClick=${discard}>Discard</button>
      <button class="main" title="Ctrl S" disabled=${Boolean(config.value.problem)}
        onClick=${review}>Review and save</button>
    </div>`;
}

function useSaveKey() {
  useEffect(() => {
    const pressed = (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== "s") return;
      event.preventDefault();
      document.activeElement?.blur(); // what is being typed counts
      if (reviewing.value && !problems.value.length) save();
      else review();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}

export function View() {
  useEffect(() => { load(); }, []);
  useSaveKey();
  if (!config.value) {
    return html`<main class="empty" role="alert">${trouble.value && html`
      <h2>The settings could not be fetched</h2><p>${trouble.value.message}</p>
      <button onClick=${load}>Try again</button>`}</main>`;
  }
  const shown = SECTIONS.find(([name]) => name === section.value);
  const [name, words, , Part] = shown ?? SECTIONS[0];
  return html`
    <main class=${`settings ${shown ? "inside" : ""}`}>
      <${Sections} shown=${name} />
      <section class="part" aria-label=${words}>
        <a class="up" ...${sectionLink(null)}><${Icon} name="previous" />Settings</a>
        <${Told} />
        <h2>${words}</h2>
        <${Part} key=${name} />
      </section>
      <${Unsaved} />
      <${Review} />
    </main>`;
}
