// A new source: its kind gives an example of its address.
import { useState } from "preact/hooks";
import { html } from "../../html.mjs";
import { change } from "../../settings.mjs";
import { sectionLink, show } from "../../settings_route.mjs";
import { TrySource } from "./try_source.mjs";

export const NEW = "+"; // no source can have this name

const KINDS = [
  ["RTSP camera", "rtsp", "user:password@192.168.1.10/stream"],
  ["HTTP camera", "http", "192.168.1.10/snapshot.jpg?every=10s"],
  ["USB camera", "v4l2", "/dev/video0"],
  ["Raspberry Pi camera", "picamera", "0?size=1280x720&fps=5"],
  ["Folder", "folder", "/srv/pictures"],
  ["Demo", "demo", ""],
];
const NAME = /^[a-z0-9_-]{1,64}$/;

export function NewSource({ taken, index }) {
  const [url, setUrl] = useState("");
  const [name, setName] = useState("");
  const wrong = name && (!NAME.test(name) ? "Use a-z, 0-9, _ and -." : taken.includes(name) && "This name is taken.");
  const add = async (event) => {
    event.preventDefault();
    await change([["sources", index], { name, url }]);
    show("sources", name);
  };
  return html`
    <form class="new" onSubmit=${add}>
      <fieldset><legend>What it is</legend>
        <p class="kinds">${KINDS.map(([words, scheme, rest]) => html`
          <button key=${words} type="button" aria-pressed=${url.startsWith(`${scheme}:`)}
            onClick=${() => setUrl(`${scheme}://${rest}`)}>${words}</button>`)}</p>
        <div class="field"><label for="new-url">Address</label>
          <input id="new-url" value=${url} required autocomplete="off" spellcheck=${false}
            onInput=${({ target }) => setUrl(target.value.trim())} />
          <p class="faint">A password is best written as \${NAME} and kept in the environment.</p></div>
        <${TrySource} given=${{ url }} />
      </fieldset>
      <fieldset><legend>What it is called</legend>
        <div class="field"><label for="new-name">Name</label>
          <input id="new-name" value=${name} required autocomplete="off" aria-invalid=${wrong ? "true" : null}
            onInput=${({ target }) => setName(target.value.trim())} />
          <p class=${wrong ? "error" : "faint"}>${wrong || "In topics and searches, such as gate or yard."}</p></div>
      </fieldset>
      <p class="deeds"><button class="main" disabled=${!url || !name || Boolean(wrong)}>Add it</button>
        <a ...${sectionLink("sources")}>Back</a></p>
    </form>`;
}
