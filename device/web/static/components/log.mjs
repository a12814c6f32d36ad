// The newest lines of the log, as they come.
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../html.mjs";
import { say } from "../ambient.mjs";
import { copy } from "../copy.mjs";
import { choose, level, lines, logText, pause, paused } from "../system.mjs";
import { exact } from "../text.mjs";

const LEVELS = [["info", "All"], ["warning", "Warnings"], ["error", "Errors"]];
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const NEAR = 30; // px from the end: whoever is there wants to see what comes

export async function copyLog() {
  const done = await copy(logText());
  say(done ? "The log is copied" : "The browser does not let it be copied");
  return done;
}

function Copy() {
  const [words, tell] = useState("Copy");
  const act = async () => {
    tell(await copyLog() ? "Copied" : "Not allowed");
    setTimeout(() => tell("Copy"), 2000);
  };
  return html`<button title="Copy the lines (c)" onClick=${act}>${words}</button>`;
}

const Line = ({ line }) => html`
  <li class=${`line ${line.level}`}>
    <time datetime=${line.at} title=${exact(line.at)}>${clock.format(new Date(line.at))}</time>
    <span class="logger">${line.logger.replace(/^device\./, "")}</span>
    <span class="level">${line.level}</span>
    <span class="text">${line.text}</span>
  </li>`;

export function Log() {
  const element = useRef(null);
  const follows = useRef(true);
  const shown = lines.value;
  useEffect(() => {
    if (follows.current && element.current) element.current.scrollTop = element.current.scrollHeight;
  }, [shown]);
  const scrolled = ({ target }) => {
    follows.current = target.scrollHeight - target.scrollTop - target.clientHeight < NEAR;
  };
  return html`
    <section class="card" aria-label="Log">
      <div class="card-head">
        <h2>Log</h2>
        <div class="segments" role="group" aria-label="Which lines">
          ${LEVELS.map(([name, words]) => html`
            <button key=${name} aria-pressed=${level.value === name}
              onClick=${() => choose(name)}>${words}</button>`)}
        </div>
        <button aria-pressed=${paused.value} title="Let it stand still (f)" onClick=${pause}>
          ${paused.value ? "Go on" : "Pause"}</button>
        <${Copy} />
      </div>
      <ol class="log" ref=${element} tabindex="0" aria-label="Lines" onScroll=${scrolled}>
        ${shown?.map((line) => html`<${Line} key=${line.number} line=${line} />`)}
        ${shown && !shown.length && html`<li class="faint">Nothing of that kind so far.</li>`}
      </ol>
    </section>`;
}
