// What is seen before anything else: the login, or the page of a one-time link.
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../html.mjs";
import { get } from "../api.mjs";
import { accept, logIn } from "../me.mjs";
import { Field, useForm } from "./form.mjs";

function Card({ title, children }) {
  useEffect(() => { document.title = `${title} – tagd`; }, [title]);
  return html`
    <main class="gate"><div class="card">
      <p class="brand"><img src="static/favicon.svg" alt="" width="28" height="28" />tagd</p>
      <h1>${title}</h1>
      ${children}
    </div></main>`;
}

// Moves the focus to the first empty field.
function useFirstField() {
  const form = useRef(null);
  useEffect(() => { form.current.querySelector("input:not([readonly])").focus(); }, []);
  return form;
}

function Login({ done }) {
  const form = useFirstField();
  const { send, busy, problem } = useForm(async ({ name, password }) => {
    try {
      await logIn(name, password);
    } catch (error) {
      form.current.elements.password.value = "";
      form.current.elements.password.focus();
      throw error;
    }
    done();
  });
  return html`
    <${Card} title="Log in">
      <form ref=${form} onSubmit=${send}>
        <${Field} name="name" label="Name" autocomplete="username" />
        <${Field} name="password" label="Password" type="password"
          autocomplete="current-password" />
        ${problem && html`<p class="error" role="alert">${problem}</p>`}
        <button class="main" disabled=${busy}>${busy ? "One moment…" : "Log in"}</button>
      </form>
      <p class="faint">Password lost? An administrator can send you a new link; on the device
        itself <code>tagd user passwd</code> makes one.</p>
    <//>`;
}

function Welcome({ secret, invited, done }) {
  const form = useFirstField();
  const [seen, setSeen] = useState(false);
  const { send, busy, problem } = useForm(async ({ name, password }) => {
    await accept(secret, invited.name ? null : name, password);
    done();
  });
  return html`
    <${Card} title=${invited.name ? `Welcome, ${invited.name}` : "This device is new"}>
      <p class="faint">${invited.name
        ? `You will be ${invited.role}. Choose a password.`
        : "Whoever fills this in administers it, and can invite others."}</p>
      <form ref=${form} onSubmit=${send}>
        <${Field} name="name" label="Your name" autocomplete="username"
          value=${invited.name} readonly=${Boolean(invited.name)} />
        <${Field} name="password" label="Password" type=${seen ? "text" : "password"}
          autocomplete="new-password" minlength="8"
          hint="8 characters at least; a few words are good" />
        <label class="tick"><input type="checkbox" checked=${seen}
          onChange=${() => setSeen(!seen)} />Show the password</label>
        ${problem && html`<p class="error" role="alert">${problem}</p>`}
        <button class="main" disabled=${busy}>${busy ? "One moment…" : "Begin"}</button>
      </form>
    <//>`;
}

function Invitation({ secret, done }) {
  const [{ invited, problem }, set] = useState({});
  useEffect(() => {
    get(`invitations/${secret}`).then(
      (answer) => set({ invited: answer }), (error) => set({ problem: error.message }));
  }, []);
  if (invited) return html`<${Welcome} secret=${secret} invited=${invited} done=${done} />`;
  if (!problem) return html`<main class="gate"></main>`;
  const toLogin = () => {
    history.replaceState(null, "", location.pathname);
    location.reload();
  };
  return html`
    <${Card} title="This link does not work">
      <p role="alert">${problem}</p><button onClick=${toLogin}>To the login</button>
    <//>`;
}

// `failure`: why it is not known who is looking, a Problem.
export function Gate({ invitation, failure, done }) {
  if (invitation) return html`<${Invitation} secret=${invitation} done=${done} />`;
  if (failure.status === 401) return html`<${Login} done=${done} />`;
  return html`
    <${Card} title="No answer">
      <p role="alert">${failure.message}</p>
      <button onClick=${() => location.reload()}>Try again</button>
    <//>`;
}
