// Who is logged in: their rights, their password, the way out; and for administrators the others.
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { html } from "../html.mjs";
import { command } from "../api.mjs";
import { logOut, may, me } from "../me.mjs";
import { Dialog } from "./dialog.mjs";
import { Field, useForm } from "./form.mjs";
import { Icon } from "./icon.mjs";
import { Later } from "./later.mjs";

const shown = signal(null); // "person", "people" or null
const close = () => { shown.value = null; };

const RIGHTS = {
  viewer: "may look at everything",
  reviewer: "may look, correct tags and upload",
  administrator: "may do everything",
};

export const PersonButton = () => me.value && html`
  <button class="plain who" title=${`${me.value.name}: account`} aria-label="Account"
    aria-haspopup="dialog" onClick=${() => { shown.value = "person"; }}>
    <${Icon} name="person" />
  </button>`;

function Password() {
  const [done, setDone] = useState(false);
  const { send, busy, problem } = useForm(async ({ old, fresh }, form) => {
    setDone(false);
    await command("PUT", "me/password", { old, new: fresh });
    form.reset();
    setDone(true);
  });
  return html`
    <details>
      <summary>Change the password</summary>
      <form onSubmit=${send}>
        <input type="text" name="name" value=${me.value.name} autocomplete="username" hidden />
        <${Field} name="old" label="Password so far" type="password"
          autocomplete="current-password" />
        <${Field} name="fresh" label="New password" type="password" minlength="8"
          autocomplete="new-password" hint="Ends your logins on all other devices" />
        ${problem && html`<p class="error" role="alert">${problem}</p>`}
        ${done && html`<p role="status">The password is changed.</p>`}
        <button disabled=${busy}>Change it</button>
      </form>
    </details>`;
}

function Account() {
  const { name, role, sources, kind } = me.value;
  const seen = sources ? `, of ${sources.join(", ") || "no source"}` : "";
  return html`
    <h2>${name}</h2>
    <p>${role}: ${RIGHTS[role]}${seen}</p>
    ${kind === "machine" && html`<p class="faint">Whoever sits at this machine needs no login,
      because the config says <code>web.trust_loopback: true</code>.</p>`}
    ${may("administrator") && html`
      <button onClick=${() => { shown.value = "people"; }}>
        <${Icon} name="person" />People, tokens, log
      </button>`}
    ${kind === "person" && html`
      <${Password} />
      <div class="deeds">
        <button onClick=${() => logOut(false)}>Log out</button>
        <button onClick=${() => logOut(true)}>Log out everywhere</button>
      </div>`}`;
}

export function Person() {
  if (!shown.value || !me.value) return null;
  const people = shown.value === "people";
  return html`
    <${Dialog} key=${shown.value} kind=${`sheet account ${people ? "wide" : ""}`}
      label=${people ? "People" : "Account"} onClose=${close}>
      ${people
        ? html`<${Later} load=${() => import("./people.mjs")} as="div" />`
        : html`<${Account} />`}
    <//>`;
}
