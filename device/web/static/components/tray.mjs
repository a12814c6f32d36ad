// The tray of uploads: each file with what became of it.
import { signal } from "@preact/signals";
import { html } from "../html.mjs";
import { openPicture } from "../route.mjs";
import { grouped, percent, plural } from "../text.mjs";
import { clearFinished, isFinal, retry, uploads } from "../uploads.mjs";
import { Icon } from "./icon.mjs";
import { TagRows } from "./tags.mjs";

const SHOWN = 3; // tags a file
const folded = signal(false);

const WORDS = {
  waiting: () => "Waiting",
  sending: ({ progress }) => `Sending, ${percent(progress)}`,
  tagging: () => "Tagging",
  busy: ({ message }) => `${message} (tries again by itself)`,
  done: () => "Done",
  same: () => "Known: the same as before",
  refused: ({ message }) => message,
};

function Result({ picture }) {
  const tags = grouped(picture.tags).slice(0, SHOWN);
  return tags.length ? html`<${TagRows} tags=${tags} />` : html`<p class="faint">No tags</p>`;
}

function Upload({ upload }) {
  const at = upload.at.value;
  const { picture } = at;
  return html`
    <li class=${at.state}>
      ${picture?.thumbnail_url
        ? html`
          <button class="plain" aria-label=${`Open ${upload.file.name}`}
            onClick=${() => openPicture(picture.id)}>
            <img src=${picture.thumbnail_url} alt="" />
          </button>`
        : html`<span class="blank"><${Icon} name="picture" /></span>`}
      <div>
        <p class="file" title=${upload.file.name}>${upload.file.name}</p>
        <p class="outcome">${WORDS[at.state](at)}</p>
        ${at.state === "sending" && html`<progress value=${at.progress}></progress>`}
        ${at.state === "tagging" && html`<progress></progress>`}
        ${picture && html`<${Result} picture=${picture} />`}
        ${at.again && html`<button onClick=${() => retry(upload)}>Try again</button>`}
      </div>
    </li>`;
}

export function Tray() {
  const list = uploads.value;
  if (!list.length) return null;
  const finished = list.filter(isFinal).length;
  const refused = list.filter(({ at }) => at.value.state === "refused").length;
  const result = [
    finished > refused && `${finished - refused} tagged`, refused && `${refused} refused`];
  return html`
    <aside class="tray" aria-label="Uploads">
      <div class="bar-head">
        <h2>${finished < list.length
          ? `${finished} of ${plural(list.length, "file")} done`
          : result.filter(Boolean).join(", ")}</h2>
        <button class="plain" aria-label=${folded.value ? "Unfold" : "Fold"}
          aria-expanded=${!folded.value} onClick=${() => { folded.value = !folded.value; }}>
          <${Icon} name=${folded.value ? "up" : "down"} />
        </button>
        <button class="plain" aria-label="Clear what is done" title="Clear what is done"
          disabled=${!finished} onClick=${clearFinished}><${Icon} name="close" /></button>
      </div>
      <ul hidden=${folded.value}>
        ${list.map((upload) => html`<${Upload} key=${upload.id} upload=${upload} />`)}
      </ul>
    </aside>`;
}
