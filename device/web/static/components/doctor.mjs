// The doctor looks at everything once, when asked.
import { html } from "../html.mjs";
import { examination, examine, examining } from "../system.mjs";

const DOTS = { ok: "good", warning: "warn", wrong: "bad" };
const WORDS = { ok: "fine", warning: "look at it", wrong: "wrong" };

function Findings({ found: { findings, complete, problem } }) {
  if (problem) return html`<p class="error" role="alert">${problem.message}</p>`;
  return html`
    <ul class="findings">
      ${findings.map(({ about, state, told }) => html`
        <li key=${about}><span class=${`dot ${DOTS[state]}`}></span>
          <div><strong>${about}</strong> <span class=${state === "ok" ? "faint" : `verdict ${state}`}>
            ${WORDS[state]}</span><p>${told}</p></div></li>`)}
    </ul>
    ${!complete && html`<p class="faint">It is still at work: ask again in a while.</p>`}`;
}

export const Doctor = () => html`
  <section class="card" aria-label="Doctor" aria-busy=${examining.value}>
    <div class="card-head">
      <h2>Doctor</h2>
      <button onClick=${examine} disabled=${examining.value} title="Examine (d)">
        ${examining.value ? "Looking…" : "Examine"}</button>
    </div>
    ${examination.value ? html`<${Findings} found=${examination.value} />` : html`
      <p class="faint">Looks at the machine and its clock, the data folder and its disk, sources, broker,
        and the models with their test pictures, as <code>tagd doctor</code> does. It takes some
        seconds and disturbs nothing.</p>`}
  </section>`;
