// Tags with their confidence as a number and a bar. The caller groups them (text.grouped).
import { html } from "../html.mjs";
import { percent } from "../text.mjs";
import { quoted } from "../query.mjs";
import { searchLink } from "../route.mjs";

const Bar = ({ value }) => html`
  <span class="bar" aria-hidden="true"><i style=${{ width: `${value * 100}%` }}></i></span>`;

const Count = ({ count }) => count > 1 && html`<span class="count">×${count}</span>`;

function pointing(name, onPoint) {
  const on = () => onPoint(name);
  const off = () => onPoint(null);
  return { onPointerEnter: on, onFocusIn: on, onPointerLeave: off, onFocusOut: off };
}

// `linked`: each name searches for itself. `onPoint(name or null)`: the pointer or the focus
// is on that row. `after(tag)`: what stands at its end.
export const TagRows = ({ tags, linked = false, onPoint = undefined, after = undefined }) => html`
  <ul class="rows">
    ${tags.map((tag) => html`
      <li key=${tag.name} ...${onPoint && pointing(tag.name, onPoint)}>
        <span class="name" title=${[tag.name, ...tag.parents].join(" › ")}>
          ${linked ? html`<a ...${searchLink(quoted(tag.name))}>${tag.name}</a>` : tag.name}
          <${Count} count=${tag.count} />
        </span>
        <${Bar} value=${tag.confidence} />
        <span class="number">${percent(tag.confidence)}</span>
        ${after?.(tag)}
      </li>`)}
  </ul>`;
