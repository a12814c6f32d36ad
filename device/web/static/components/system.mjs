// System: what is wrong, the machine, the room on its disk, the models, the doctor, the log.
import { useEffect, useState } from "preact/hooks";
import { html } from "../html.mjs";
import { now } from "../ambient.mjs";
import { useViewKeys } from "../keys.mjs";
import { SUFFERS } from "../sources.mjs";
import { examine, look, pause, report, system, trouble } from "../system.mjs";
import { ago, capital, exact, plural } from "../text.mjs";
import { Doctor } from "./doctor.mjs";
import { Icon } from "./icon.mjs";
import { Log, copyLog } from "./log.mjs";
import { Machine, Models, Program, Work } from "./machine.mjs";
import { Storage } from "./storage.mjs";

// What can be done about what a camera suffers from.
const ADVICE = {
  silent: "Is the camera on, and does its cable or network hold?",
  frozen: "Start the camera again.",
  dark: "Is there light, and is nothing before the lens?",
  covered: "Clean the lens, or take away what is before it.",
  moved: "Turn it back, or draw its zones and masks anew.",
};
const POWER = "Use the power supply that is made for this board, and let air to it.";

// "source gate: dark" in plain words; other problems are sentences that say what to do.
function told({ told: text, since }) {
  const [, name, state] = /^source (\S+): (\w+)$/.exec(text) ?? [];
  if (!(state in ADVICE)) return { key: text, text: capital(text), since };
  return { key: text, text: `${name}: ${SUFFERS[state]}`, since, advice: ADVICE[state] };
}

function troubles({ troubles: found, board }) {
  const held = (board.held_back ?? []).map((why) =>
    ({ key: why, text: `The board is held back: ${why}`, advice: POWER }));
  return [...found.map(told), ...held];
}

function Health({ machine }) {
  const list = troubles(machine);
  if (!list.length) {
    return html`
      <section class="card state-card well" aria-label="Health">
        <h2><span class="dot good"></span>All well</h2>
        <p class="faint">Pictures are taken, tagged, stored and told.</p>
      </section>`;
  }
  return html`
    <section class="card state-card" aria-label="Health">
      <h2><span class="dot warn"></span>${plural(list.length, "thing")} to look at</h2>
      <ul class="troubles">
        ${list.map(({ key, text, since, advice }) => html`
          <li key=${key}>
            <p>${text}</p>
            ${advice && html`<p class="advice">${advice}</p>`}
            ${since && html`<p class="faint"><time datetime=${since} title=${exact(since)}>
              Since ${ago(Date.parse(since), now.value)}</time></p>`}
          </li>`)}
      </ul>
    </section>`;
}

function Report() {
  const [problem, tell] = useState(null);
  const save = async () => {
    try {
      const data = JSON.stringify(await report(), null, 2);
      const href = URL.createObjectURL(new Blob([data], { type: "application/json" }));
      const day = new Date().toISOString().slice(0, 10);
      Object.assign(document.createElement("a"), { href, download: `tagd-report-${day}.json` })
        .click();
      URL.revokeObjectURL(href);
      tell(null);
    } catch (error) {
      tell(error.message);
    }
  };
  return html`
    <p class="report">
      <button onClick=${save}><${Icon} name="save" />Save a report</button>
      <span class=${problem ? "error" : "faint"}>${problem
        ?? "All of this page as one file, without passwords and keys, for whoever helps you."}</span>
    </p>`;
}

const KEYS = { d: examine, f: pause, c: copyLog };
const HELP = [
  ["d", "examine this machine"],
  ["f", "let the log stand still, or go on"],
  ["c", "copy the lines of the log"],
];

export function View() {
  useViewKeys(KEYS, HELP);
  const machine = system.value;
  if (!machine) {
    return trouble.value
      ? html`<main class="empty" role="alert"><h2>The system cannot be shown</h2>
          <p>${trouble.value.message}</p><button onClick=${look}>Try again</button></main>`
      : html`<main class="system" aria-busy="true"><p class="faint">Asking…</p></main>`;
  }
  return html`
    <main class="system">
      ${trouble.value && html`<p class="error" role="alert">${trouble.value.message}</p>`}
      <${Health} machine=${machine} />
      <div class="cards">
        <${Storage} storage=${machine.storage} />
        <${Models} models=${machine.models} />
        <${Machine} board=${machine.board} />
        <${Work} machine=${machine} />
      </div>
      <${Doctor} />
      <${Log} />
      <${Program} machine=${machine} />
      <${Report} />
    </main>`;
}
