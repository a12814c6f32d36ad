// The search box: a combobox that completes the word under the caret with tags (or, after
// `source:`, with sources). The query itself lives in the address bar.
import { useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { html } from "../html.mjs";
import { get } from "../api.mjs";
import { problem, reload } from "../gallery.mjs";
import { health } from "../health.mjs";
import { completed, wordAt } from "../query.mjs";
import { query, search } from "../route.mjs";
import { Icon } from "./icon.mjs";

const PAUSE = 120; // ms after the last key
const input = () => document.getElementById("search");

export function focusSearch() {
  input().focus();
  input().select();
}

async function options({ field, prefix }) {
  if (field === "source") {
    const names = (health.peek()?.sources ?? []).map(({ name }) => name);
    return names.filter((name) => name.startsWith(prefix)).map((name) => ({ name, note: "" }));
  }
  if (!prefix) return [];
  const { tags } = await get("tags", { prefix, limit: 12 });
  return tags.map(({ name, count }) => ({ name, note: count }));
}

// What the query gets wrong, with the place marked.
function Complaint() {
  const wrong = problem.value;
  if (!wrong?.column) return null;
  const at = wrong.column - 1;
  return html`
    <div class="complaint" id="complaint" role="alert">
      <code>${query.value.slice(0, at)}<mark>${query.value[at] ?? " "}</mark>${
        query.value.slice(at + 1)}</code>
      <p>${wrong.message}</p>
    </div>`;
}

function useCompletion(text) {
  const list = useSignal([]);
  const at = useSignal(-1); // the option under the arrows
  const timer = useRef(0);
  const close = () => {
    clearTimeout(timer.current);
    list.value = [];
    at.value = -1;
  };
  const update = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(async () => {
      const asked = text.peek();
      const found = await options(wordAt(asked, input().selectionStart)).catch(() => []);
      if (asked !== text.peek() || document.activeElement !== input()) return;
      list.value = found;
      at.value = -1;
    }, PAUSE);
  };
  return { list, at, close, update };
}

export function Search() {
  const text = useSignal(query.peek());
  const { list, at, close, update } = useCompletion(text);
  useSignalEffect(() => { text.value = query.value; }); // the back button, a chip, a tag

  const submit = (asked) => {
    close();
    text.value = asked;
    if (asked.trim() === query.peek()) reload();
    else search(asked);
    if (matchMedia("(hover: none)").matches) input().blur(); // puts the phone's keyboard away
  };
  const take = ({ name }) => {
    const caret = input().selectionStart;
    submit(completed(text.value, caret, wordAt(text.value, caret), name));
  };
  const typed = (event) => {
    text.value = event.target.value;
    if (text.value) update();
    else submit("");
  };
  const pressed = (event) => {
    if (event.isComposing) return;
    const { length } = list.value;
    if (event.key === "ArrowDown" && length) at.value = (at.value + 1) % length;
    else if (event.key === "ArrowUp" && length) at.value = (at.value + length) % (length + 1) - 1;
    else if (event.key === "Escape" && length) close();
    else if (event.key === "Escape" && text.value) submit("");
    else if (event.key === "Escape") input().blur();
    else if (event.key === "Enter") at.value < 0 ? submit(text.value) : take(list.value[at.value]);
    else return;
    event.preventDefault();
  };

  return html`
    <div class="search" role="search">
      <${Icon} name="search" />
      <input id="search" type="search" role="combobox" aria-label="Search by tag"
        placeholder="Search: cat -dog source:gate" value=${text} spellcheck=${false}
        autocomplete="off" autocapitalize="off" enterkeyhint="search" aria-autocomplete="list"
        aria-expanded=${list.value.length > 0} aria-controls="completions"
        aria-activedescendant=${at.value < 0 ? null : `completion-${at.value}`}
        aria-invalid=${Boolean(problem.value?.column)} aria-describedby="complaint"
        onInput=${typed} onKeyDown=${pressed} onBlur=${close} />
      <kbd aria-hidden="true">/</kbd>
      <ul id="completions" role="listbox" aria-label="Tags" hidden=${!list.value.length}>
        ${list.value.map((option, index) => html`
          <li key=${option.name} id=${`completion-${index}`} role="option"
            aria-selected=${index === at.value}
            onPointerDown=${(event) => { event.preventDefault(); take(option); }}>
            ${option.name}<span class="count">${option.note}</span>
          </li>`)}
      </ul>
      <${Complaint} />
    </div>`;
}
