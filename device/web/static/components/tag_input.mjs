// A field for the name of a tag, completed with those there are. Enter takes what is written,
// or the option under the arrows; Esc goes back to where one was.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { html } from "../html.mjs";
import { get } from "../api.mjs";

const PAUSE = 100; // ms after the last key
const LONGEST = 100; // letters
let count = 0;

// `names`: offered first, before anything is written. `onTake(name)`, `onLeave(byKey)`.
export function TagInput({ label, initial = "", names = null, onTake, onLeave }) {
  const input = useRef(null);
  const [id] = useState(() => { count += 1; return `tag-${count}`; });
  const [text, setText] = useState(initial);
  const [options, setOptions] = useState([]);
  const [at, setAt] = useState(-1);

  useLayoutEffect(() => { // before the next key: it would be a verdict
    input.current.focus();
    input.current.select();
  }, []);
  useEffect(() => {
    const asked = text.trim();
    let over = false;
    const show = (found) => {
      if (over) return;
      setOptions(found.filter((name) => name !== initial));
      setAt(-1);
    };
    if (names) {
      const near = asked.toLowerCase();
      show(names.filter((name) => name.toLowerCase().includes(near)));
      return undefined;
    }
    const timer = setTimeout(() => {
      get("tags", { prefix: asked === initial ? "" : asked, limit: 8 })
        .then(({ tags }) => show(tags.map(({ name }) => name)), () => show([]));
    }, PAUSE);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [text]);

  const take = (name) => {
    const clean = name.trim().replaceAll(/\s+/g, " ");
    if (clean && clean !== initial) onTake(clean);
    else onLeave(true);
  };
  const pressed = (event) => {
    if (event.isComposing) return;
    const { length } = options;
    if (event.key === "ArrowDown" && length) setAt((at + 1) % length);
    else if (event.key === "ArrowUp" && length) setAt((at + length) % (length + 1) - 1);
    else if (event.key === "Enter") take(options[at] ?? text);
    else if (event.key === "Escape") onLeave(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`
    <div class="tag-input">
      <input ref=${input} type="text" role="combobox" aria-label=${label} placeholder=${label}
        value=${text} maxlength=${LONGEST} spellcheck=${false} autocomplete="off"
        autocapitalize="off" enterkeyhint="done" aria-autocomplete="list" aria-controls=${id}
        aria-expanded=${options.length > 0}
        aria-activedescendant=${at < 0 ? null : `${id}-${at}`}
        onInput=${(event) => setText(event.target.value)} onKeyDown=${pressed}
        onBlur=${() => onLeave(false)} />
      <ul id=${id} role="listbox" aria-label=${label} hidden=${!options.length}>
        ${options.map((name, index) => html`
          <li key=${name} id=${`${id}-${index}`} role="option" aria-selected=${index === at}
            onPointerDown=${(event) => { event.preventDefault(); take(name); }}>${name}</li>`)}
      </ul>
    </div>`;
}
