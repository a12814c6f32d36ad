// The fields for what somebody may: a role, and the sources that they see.
import { useState } from "preact/hooks";
import { html } from "../html.mjs";
import { health } from "../health.mjs";
import { ROLES } from "../me.mjs";

const names = () => (health.value?.sources ?? []).map(({ name }) => name);

// As the API takes it: null means all.
export const chosenSources = (form) => {
  const data = new FormData(form);
  return data.get("sees") === "some" ? data.getAll("source") : null;
};

export function Rights() {
  const [role, setRole] = useState("viewer");
  const [some, setSome] = useState(false);
  return html`
    <label class="labelled">Role
      <select name="role" value=${role} onChange=${(event) => setRole(event.target.value)}>
        ${ROLES.map((one) => html`<option key=${one} value=${one}>${one}</option>`)}
      </select>
    </label>
    ${role !== "administrator" && html`
      <label class="labelled">Sees
        <select name="sees" value=${some ? "some" : "all"}
          onChange=${(event) => setSome(event.target.value === "some")}>
          <option value="all">all sources</option><option value="some">only these sources</option>
        </select>
      </label>
      ${some && html`
        <fieldset class="tick-list"><legend class="unseen">Sources</legend>
          ${names().map((name) => html`
            <label key=${name} class="tick">
              <input type="checkbox" name="source" value=${name} />${name}
            </label>`)}
        </fieldset>`}`}`;
}
