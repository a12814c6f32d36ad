// The tokens of programs.
import { useState } from "preact/hooks";
import { html } from "../html.mjs";
import { now } from "../ambient.mjs";
import { makeToken, revoke, tokens } from "../people.mjs";
import { ago, exact } from "../text.mjs";
import { Field, useForm } from "./form.mjs";
import { Rights, chosenSources } from "./rights.mjs";
import { Secret } from "./secret.mjs";
import { Sure } from "./sure.mjs";

const used = ({ used_at: at }) => (at ? `used ${ago(Date.parse(at), now.value)}` : "never used");
const ends = ({ expires_at: at }) => at && `until ${exact(at)}`;
const sees = ({ sources }) => sources && `sees ${sources.join(", ") || "nothing"}`;

const key = ({ access_key_id: id }) => id && `AWS key pair ${id}`;

const Row = ({ token }) => html`
  <li>
    <div>
      <p><strong>${token.name}</strong> <span class="faint">${token.role}</span></p>
      <p class="faint">
        ${[key(token), used(token), ends(token), sees(token)].filter(Boolean).join(" · ")}</p>
    </div>
    <div class="deeds"><${Sure} label="Revoke" about=${token.name}
      act=${() => revoke(token.id)} /></div>
  </li>`;

export function Tokens() {
  const [made, setMade] = useState(null);
  const [round, setRound] = useState(0);
  const { send, busy, problem } = useForm(async ({ name, kind, role, days }, form) => {
    setMade(await makeToken(name, kind, role, chosenSources(form), days ? `${days}d` : null));
    form.reset();
    setRound(round + 1);
  });
  return html`
    <h2>Tokens</h2>
    <p class="faint">For programs. A token is sent as <code>Authorization: Bearer tagd_…</code>; it is
      also the key of ImageKit's and Google's clients. AWS's clients sign with an AWS key pair.</p>
    <ul class="rights">
      ${(tokens.value ?? []).map((token) => html`<${Row} key=${token.id} token=${token} />`)}
    </ul>
    <form class="adding" onSubmit=${send} aria-label="Make a token">
      <${Field} name="name" label="Name of the program" autocomplete="off" />
      <label class="labelled">Kind
        <select name="kind">
          <option value="token">token</option><option value="aws">AWS key pair</option>
        </select>
      </label>
      <${Rights} key=${round} />
      <${Field} name="days" label="Days" type="number" min="1" max="3650" required=${false}
        placeholder="no end" />
      <button class="main" disabled=${busy}>Make</button>
      ${problem && html`<p class="error" role="alert">${problem}</p>`}
    </form>
    ${made?.token.access_key_id && html`
      <${Secret} label=${`The access key id of ${made.token.name}`}
        value=${made.token.access_key_id} note="stands in the list as well" />`}
    ${made && html`
      <${Secret} label=${`The ${made.token.access_key_id ? "secret access key" : "token"} of ${
        made.token.name}`} value=${made.secret} note="is never shown again" />`}`;
}
