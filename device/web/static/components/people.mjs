// People, tokens and the log of what was done; for administrators, in Settings and in the account.
import { useEffect, useState } from "preact/hooks";
import { html } from "../html.mjs";
import { now } from "../ambient.mjs";
import { ROLES, me } from "../me.mjs";
import { change, invite, inviteAgain, persons, reload, remove, trouble, whole } from "../people.mjs";
import { ago } from "../text.mjs";
import { AuditLog } from "./audit.mjs";
import { Field, useForm } from "./form.mjs";
import { Rights, chosenSources } from "./rights.mjs";
import { Secret } from "./secret.mjs";
import { Sure } from "./sure.mjs";
import { Tokens } from "./tokens.mjs";

const state = ({ disabled, invited, login_at: at }) =>
  (disabled && "locked out") || (invited && "invited, has not come yet")
  || (at ? `last login ${ago(Date.parse(at), now.value)}` : "never logged in");

const sees = ({ sources }) => (sources ? `sees ${sources.join(", ") || "nothing"}` : "");

function Row({ person, onLink }) {
  const { id, name, role, disabled } = person;
  const self = name === me.value.name;
  const again = async () => {
    const answer = await inviteAgain(id);
    if (answer) onLink(answer);
  };
  return html`
    <li class=${disabled ? "off" : ""}>
      <div>
        <p><strong>${name}</strong>${self && html` <span class="faint">you</span>`}</p>
        <p class="faint">${[state(person), sees(person)].filter(Boolean).join(" · ")}</p>
      </div>
      <select aria-label=${`Role of ${name}`} value=${role} disabled=${self}
        onChange=${async (event) => {
          const { target } = event;
          if (!await change(id, { role: target.value })) target.value = role;
        }}>
        ${ROLES.map((one) => html`<option key=${one} value=${one}>${one}</option>`)}
      </select>
      <div class="deeds">
        <button onClick=${again} title="A link with which they choose a new password">
          New link</button>
        ${!self && html`
          <button onClick=${() => change(id, { disabled: !disabled })}>
            ${disabled ? "Let in" : "Lock out"}</button>
          <${Sure} label="Remove" about=${name} act=${() => remove(id)} />`}
      </div>
    </li>`;
}

function Invite({ onLink }) {
  const [round, setRound] = useState(0);
  const { send, busy, problem } = useForm(async ({ name, role }, form) => {
    onLink(await invite(name, role, chosenSources(form)));
    form.reset();
    setRound(round + 1);
  });
  return html`
    <form class="adding" onSubmit=${send} aria-label="Invite somebody">
      <${Field} name="name" label="Name" autocomplete="off" />
      <${Rights} key=${round} />
      <button class="main" disabled=${busy}>Invite</button>
      ${problem && html`<p class="error" role="alert">${problem}</p>`}
    </form>`;
}

export function People() {
  const [made, setMade] = useState(null);
  useEffect(() => { reload(); }, []);
  return html`
    <section class="people">
      <h2>People</h2>
      ${trouble.value && html`<p class="error" role="alert">${trouble.value}</p>`}
      ${persons.value?.length === 0 && html`<p class="faint">Nobody yet: invite the first one.</p>`}
      <ul class="rights">
        ${(persons.value ?? []).map((person) => html`
          <${Row} key=${person.id} person=${person} onLink=${setMade} />`)}
      </ul>
      <${Invite} onLink=${setMade} />
      ${made && html`
        <${Secret} label=${`The link for ${made.person.name}`} value=${whole(made.link)}
          note="works once, within 24 hours; send it to nobody else" />`}
      <${Tokens} />
      <${AuditLog} />
    </section>`;
}

export const View = People;
