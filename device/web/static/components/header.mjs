// The bar on top: whose device this is and how it is, the search, the upload.
import { html } from "../html.mjs";
import { health, summary } from "../health.mjs";
import { helpShown } from "../keys.mjs";
import { may } from "../me.mjs";
import { view } from "../route.mjs";
import { add } from "../uploads.mjs";
import { panelShown } from "./health_panel.mjs";
import { Icon } from "./icon.mjs";
import { PersonButton } from "./person.mjs";
import { Search } from "./search.mjs";

export const chooseFiles = () => may("reviewer") && document.getElementById("files").click();

function State() {
  const [colour, words] = summary.value;
  return html`
    <button class="state" title="How the device is" onClick=${() => { panelShown.value = true; }}>
      <span class=${`dot ${colour}`}></span>
      <span class="place">${health.value?.device.name ?? "tagd"}</span>
      <span class="words">${words}</span>
    </button>`;
}

function Upload() {
  const chosen = (event) => {
    add(event.target.files);
    event.target.value = ""; // so that the same file can be chosen again
  };
  return html`
    <input id="files" type="file" multiple hidden onChange=${chosen} aria-label="Pictures" />
    <button class="main" title="Upload pictures (u)" onClick=${chooseFiles}>
      <${Icon} name="upload" /><span>Upload</span>
    </button>`;
}

export const Header = () => html`
  <header>
    <h1><${State} /></h1>
    ${view.value === "pictures" && html`<${Search} />`}
    <div class="actions">
      ${may("reviewer") && html`<${Upload} />`}
      <button class="plain help" title="Keys (?)" aria-label="Key help"
        onClick=${() => { helpShown.value = true; }}>?</button>
      <${PersonButton} />
    </div>
  </header>`;
