// The views: a rail at the side of wide screens, a bar at the foot of phones with the rest behind
// "More".
import { signal } from "@preact/signals";
import { html } from "../html.mjs";
import { may } from "../me.mjs";
import { VIEWS, view, viewLink } from "../route.mjs";
import { Icon } from "./icon.mjs";

const IN_BAR = 4; // of a phone, beside "More"
const ICONS = {
  pictures: "grid",
  now: "camera",
  visits: "eye",
  review: "check",
  tags: "tag",
  insights: "chart",
  settings: "sliders",
  system: "pulse",
};

const more = signal(false); // what does not fit into the bar is shown

const close = () => { more.value = false; };

function Place({ name, words, at }) {
  const { href, onClick } = viewLink(name);
  const go = (event) => { close(); onClick(event); };
  return html`
    <a class=${at < IN_BAR ? null : "rest"} aria-current=${view.value === name ? "page" : null}
      title=${words} href=${href} onClick=${go}>
      <${Icon} name=${ICONS[name]} /><span>${words}</span>
    </a>`;
}

export function Nav() {
  const places = VIEWS.filter(([, , role]) => may(role));
  const hidden = places.slice(IN_BAR).some(([name]) => name === view.value);
  return html`
    <nav class=${`views ${more.value ? "open" : ""}`} aria-label="Views"
      onKeyDown=${(event) => event.key === "Escape" && close()}
      onFocusOut=${({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) close();
      }}>
      <p class="mark"><img src="static/favicon.svg" alt="" width="24" height="24" />
        <span>tagd</span></p>
      ${places.map(([name, words], at) => html`
        <${Place} key=${name} name=${name} words=${words} at=${at} />`)}
      ${places.length > IN_BAR && html`
        <button class=${`plain more ${hidden ? "here" : ""}`} aria-expanded=${more.value}
          onClick=${() => { more.value = !more.value; }}>
          <${Icon} name="more" /><span>More</span>
        </button>`}
    </nav>`;
}
