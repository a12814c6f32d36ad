// Backups: how often, which there are, one now, one looked through, one taken away.
import { useEffect, useState } from "preact/hooks";
import { html } from "../../html.mjs";
import { command, get } from "../../api.mjs";
import { bytes, exact, plural } from "../../text.mjs";
import { Figure, Group, Text } from "./fields.mjs";

function Row({ backup: { name, made_at: made, bytes: size } }) {
  const [{ told, bad, busy }, set] = useState({});
  const verify = async () => {
    set({ busy: true });
    try {
      const { pictures } = await command("POST", `backups/${name}/verify`);
      set({ told: `Sound, with ${plural(pictures, "picture")}.` });
    } catch (problem) {
      set({ told: problem.message, bad: true });
    }
  };
  return html`
    <li>
      <div><strong>${exact(made)}</strong> <span class="faint">${bytes(size)}</span>
        <p class=${bad ? "error" : "faint"} role="status">${told ?? name}</p></div>
      <button onClick=${verify} disabled=${busy}>${busy ? "Looking…" : "Look through it"}</button>
      <a href=${`api/v1/backups/${name}`} download=${name}>Download</a>
    </li>`;
}

export function Backups() {
  const [{ list, problem }, set] = useState({});
  const [busy, setBusy] = useState(false);
  const look = () => get("backups").then(
    (found) => set({ list: found.backups, problem: found.problem }),
    (error) => set({ problem: error.message }));
  const make = async () => {
    setBusy(true);
    const failed = await command("POST", "backups").then(() => null, (error) => error.message);
    await look();
    if (failed) set((now) => ({ ...now, problem: failed }));
    setBusy(false);
  };
  useEffect(() => { look(); }, []);
  return html`
    <${Group} title="When">
      <${Text} place=${["store", "backup", "every"]} label="Every" hint="24h, 12h …; 0: none. Seconds where no unit is given." />
      <${Figure} place=${["store", "backup", "keep"]} label="Keep" hint="The newest so many." />
    <//>
    <${Group} title="Those that are there">
      <p class="deeds"><button class="main" onClick=${make} disabled=${busy}>
        ${busy ? "Making one…" : "Make one now"}</button></p>
      ${problem && html`<p class="error" role="alert">${problem}</p>`}
      <ul class="backups">${list?.map((one) => html`<${Row} key=${one.name} backup=${one} />`)}</ul>
      ${list?.length === 0 && html`<p class="faint">None yet. The first is made a minute after the start.</p>`}
      <p class="faint">The database alone: pictures are copied by <code>tagd backup --pictures</code>.</p>
    <//>`;
}
