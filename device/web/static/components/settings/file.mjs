// The whole file as text, with numbers and what is wrong at its line.
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../../html.mjs";
import { config, problems, text, write } from "../../settings.mjs";

const WAIT = 500; // ms after the last letter, until the device is asked

export function File() {
  const [typed, set] = useState(text.value);
  const timer = useRef(0);
  const numbers = useRef(null);
  useEffect(() => set(text.value), [config.value?.etag]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const told = (whole) => { if (whole !== text.peek()) write(whole); };
  const onInput = ({ target }) => {
    set(target.value);
    clearTimeout(timer.current);
    timer.current = setTimeout(told, WAIT, target.value);
  };
  const onScroll = ({ target }) => { numbers.current.scrollTop = target.scrollTop; };
  const onBlur = ({ target }) => { clearTimeout(timer.current); told(target.value); };
  const wrong = new Map(problems.value.map((one) => [one.line, one.text]));
  const lines = typed.split("\n");
  return html`
    <p class="faint">${config.value.file ?? "There is no file"}. Passwords are shown as
      ${" "}<code>***</code>; left so, they stay as they are.</p>
    <div class="yaml">
      <ol ref=${numbers} aria-hidden="true">${lines.map((_, n) => html`
        <li key=${n} class=${wrong.has(n + 1) ? "wrong" : null} title=${wrong.get(n + 1)}>${n + 1}</li>`)}</ol>
      <textarea aria-label="The config as YAML" value=${typed} spellcheck=${false} wrap="off"
        rows=${Math.min(40, Math.max(14, lines.length + 1))} onInput=${onInput} onScroll=${onScroll}
        onBlur=${onBlur}></textarea>
    </div>
    ${problems.value.length > 0 && html`
      <ul class="wrongs" role="alert">${problems.value.map((one) => html`
        <li key=${one.text}>${one.line && html`<strong>Line ${one.line}: </strong>`}${one.text}</li>`)}</ul>`}`;
}
