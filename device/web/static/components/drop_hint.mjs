// Shown while files are held over the page.
import { html } from "../html.mjs";
import { dragging } from "../drop.mjs";
import { Icon } from "./icon.mjs";

export const DropHint = () => dragging.value && html`
  <div class="drop"><p><${Icon} name="upload" />Drop pictures to tag them</p></div>`;
