// Fields of a form over the config: each knows its place, shows what stands there, or the default.
import { useId } from "preact/hooks";
import { html } from "../../html.mjs";
import { at, change, config, problemAt } from "../../settings.mjs";
import { Entry } from "./entry.mjs";

const shown = (value) => (Array.isArray(value) ? value.join(", ") : value ?? "");

function Frame({ id, label, hint, place, children }) {
  const wrong = problemAt(place);
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      ${children}
      ${wrong ? html`<p class="error" id=${`${id}-told`} role="alert">${wrong}</p>`
        : hint && html`<p class="faint" id=${`${id}-told`}>${hint}</p>`}
    </div>`;
}

const common = (id, place) => ({
  id,
  "aria-describedby": `${id}-told`,
  "aria-invalid": problemAt(place) ? "true" : null,
});

// `read` makes a value of what was typed; empty takes the key away, so that the default holds.
export function Text({ place, label, hint, read = (typed) => typed, type = "text", ...more }) {
  const id = useId();
  const fallback = shown(at(place, config.value?.values));
  const done = (typed) => change([place, typed === "" ? undefined : read(typed)]);
  return html`
    <${Frame} id=${id} label=${label} hint=${hint} place=${place}>
      <${Entry} ...${common(id, place)} type=${type} value=${shown(at(place))}
        placeholder=${fallback} onDone=${done} ...${more} />
    <//>`;
}

const number = (typed) => (Number.isFinite(Number(typed)) ? Number(typed) : typed);
export const Figure = (it) => html`<${Text} read=${number} inputmode="decimal" ...${it} />`;

const words = (typed) => typed.split(",").map((word) => word.trim()).filter(Boolean);
export const Words = (it) => html`<${Text} read=${words} ...${it} />`;

export function Choice({ place, label, hint, options, fallback }) {
  const id = useId();
  const value = at(place) ?? "";
  return html`
    <${Frame} id=${id} label=${label} hint=${hint} place=${place}>
      <select ...${common(id, place)} value=${value}
        onChange=${({ target }) => change([place, target.value || undefined])}>
        <option value="">${fallback}</option>
        ${options.map(([name, words]) => html`<option key=${name} value=${name}>${words}</option>`)}
      </select>
    <//>`;
}

export function Switch({ place, label, hint, fallback = false }) {
  const id = useId();
  const on = at(place) ?? fallback;
  return html`
    <div class="field flat">
      <button id=${id} type="button" class="switch" role="switch" aria-checked=${on}
        onClick=${() => change([place, !on])}><i></i></button>
      <label for=${id}>${label}</label>
      ${hint && html`<p class="faint">${hint}</p>`}
    </div>`;
}

export const Group = ({ title, children }) => html`
  <fieldset><legend>${title}</legend>${children}</fieldset>`;
