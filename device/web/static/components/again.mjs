// The login over a page with something that is not saved yet: whoever began it goes on.
import { html } from "../html.mjs";
import { logIn, me } from "../me.mjs";
import { back, ended, later } from "../session.mjs";
import { Dialog } from "./dialog.mjs";
import { Field, useForm } from "./form.mjs";

function LogIn() {
  const { send, busy, problem } = useForm(async ({ name, password }) => {
    await logIn(name, password);
    back();
  });
  const { name, kind } = me.value;
  const known = kind === "person";
  return html`
    <form onSubmit=${send}>
      <h2>Log in again</h2>
      <p>Your session has ended. What is not saved yet is still here, and is saved once you
        are back.</p>
      <${Field} name="name" label="Name" autocomplete="username" value=${known ? name : ""}
        readonly=${known} autofocus=${!known} />
      <${Field} name="password" label="Password" type="password"
        autocomplete="current-password" autofocus=${known} />
      ${problem && html`<p class="error" role="alert">${problem}</p>`}
      <button class="main" disabled=${busy}>${busy ? "One moment…" : "Log in"}</button>
    </form>`;
}

export const Again = () => ended.value && html`
  <${Dialog} kind="sheet account" label="Log in again" onClose=${later}><${LogIn} /><//>`;
