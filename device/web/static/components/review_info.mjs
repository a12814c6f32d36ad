// About the picture under review: where it is from, who said what of it, and who reviewed how many.
import { html } from "../html.mjs";
import { progress } from "../progress.mjs";
import { pictureLink } from "../route.mjs";
import { exact, plural } from "../text.mjs";
import { History } from "./history.mjs";

const People = () => progress.value?.people.length > 0 && html`
  <section>
    <h2>Who reviewed</h2>
    <ul class="reviewers">
      ${progress.value.people.map(({ name, reviewed, today }) => html`
        <li key=${name}><span>${name}</span>
          <span class="faint">${plural(reviewed, "picture")}${
            today > 0 && `, ${today.toLocaleString("en")} today`}</span></li>`)}
    </ul>
  </section>`;

export const ReviewInfo = ({ picture }) => html`
  <div class="review-info">
    ${picture && html`
      <dl>
        <dt>Source</dt><dd>${picture.source}</dd>
        ${picture.name && html`<dt>File</dt><dd>${picture.name}</dd>`}
        <dt>Taken</dt><dd>${exact(picture.taken_at)}</dd>
        <dt>Picture</dt><dd>${picture.width} × ${picture.height}${" "}
          <a ...${pictureLink(picture.id)}>Open</a></dd>
      </dl>
      <${History} picture=${picture} />`}
    <${People} />
  </div>`;
