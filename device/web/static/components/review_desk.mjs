// One picture and all that can be said of it.
import { signal } from "@preact/signals";
import { html } from "../html.mjs";
import { byOthers } from "../others.mjs";
import { adding, current, decide, draft, infoShown, isFetching, load, place, problem, skip, status,
  undo, zoomed } from "../review.mjs";
import { query, showReview } from "../route.mjs";
import { done } from "../reviews.mjs";
import { applied, verdicts } from "../verdicts.mjs";
import { Icon } from "./icon.mjs";
import { ReviewInfo } from "./review_info.mjs";
import { ReviewStage } from "./review_stage.mjs";
import { TagChips, add } from "./tag_chips.mjs";
import { TagInput } from "./tag_input.mjs";

const lit = signal(null); // the tag that the pointer is on

function AddTag() {
  if (!adding.value) {
    return html`
      <button onClick=${() => { adding.value = { box: null }; }}>
        <${Icon} name="plus" />Add a tag <kbd>t</kbd>
      </button>`;
  }
  const { box } = adding.value;
  const leave = () => { adding.value = null; };
  return html`
    <${TagInput} label=${box ? "What is in the box" : "Add a tag"}
      onTake=${(name) => { leave(); add(name, box); }} onLeave=${leave} />`;
}

const Action = ({ icon, name, text, kind = "", disabled = false, act }) => html`
  <button class=${kind} disabled=${disabled} aria-keyshortcuts=${name} onClick=${act}>
    <${Icon} name=${icon} /><span>${text}</span> <kbd>${name}</kbd>
  </button>`;

const Actions = ({ none }) => html`
  <div class="verdicts" role="group" aria-label="Judge the picture">
    <${Action} icon="close" name="x" text="Reject" kind="no" disabled=${none}
      act=${() => decide("reject")} />
    <${Action} icon="check" name="a" text="Accept" kind="yes" disabled=${none}
      act=${() => decide("accept")} />
    <${Action} icon="skip" name="z" text="Skip" disabled=${none} act=${skip} />
    <${Action} icon="undo" name="u" text="Undo" act=${undo}
      disabled=${!done.value.length && !draft.value.size} />
    <${Action} icon="picture" name="e" text="Nothing there" disabled=${none}
      act=${() => decide("empty")} />
    <${Action} icon="eye" name="r" text="As it is" disabled=${none}
      act=${() => decide("reviewed")} />
  </div>`;

function Nothing() {
  if (problem.value && (status.value === "failed" || !isFetching())) {
    return html`
      <div class="empty" role="alert">
        <h2>The pictures could not be fetched</h2><p>${problem.value.message}</p>
        ${problem.value.column
          ? html`<button onClick=${() => showReview({ q: "" })}>All pictures</button>`
          : html`<button onClick=${load}>Try again</button>`}
      </div>`;
  }
  if (isFetching()) return html`<div class="empty faint"><p>Fetching…</p></div>`;
  return html`
    <div class="empty">
      <${Icon} name="check" />
      <h2>Nothing is left to review</h2>
      <p>${query.value
        ? html`No other picture of <q>${query.value}</q> waits for somebody.`
        : "Every picture was looked at. What was skipped comes again."}</p>
      <p class="links">
        <button onClick=${load}>Look again</button>
        ${query.value && html`
          <button onClick=${() => showReview({ q: "" })}>All pictures</button>`}
      </p>
    </div>`;
}

function Meanwhile({ picture }) {
  const by = byOthers.value.get(picture.id);
  return by && html`<p class="meanwhile" role="status">${by} has just reviewed this picture.</p>`;
}

function Stands({ picture }) {
  return picture.reviewed_at && html`<p class="faint"><${Icon} name="check" />Reviewed</p>`;
}

export function ReviewDesk() {
  const picture = current.value;
  if (!picture) {
    return html`
      <div class="desk"><${Nothing} />
        <div class="side"><${Actions} none />
          ${infoShown.value && html`<${ReviewInfo} picture=${null} />`}</div></div>`;
  }
  const shown = applied(picture, verdicts(picture, draft.value));
  return html`
    <div class="desk" aria-label=${`Picture ${place.value.at + 1}`}>
      <${ReviewStage} picture=${shown} zoomed=${zoomed.value} lit=${lit.value}
        pending=${adding.value?.box} onBox=${(box) => { adding.value = { box }; }} />
      <div class="side">
        <div class="answers">
          <${Meanwhile} picture=${picture} />
          <${TagChips} key=${picture.id} onPoint=${(name) => { lit.value = name; }} />
          <div class="more">
            <${AddTag} />
            <button class="plain" aria-pressed=${infoShown.value} title="About the picture (i)"
              aria-label="About the picture" onClick=${() => { infoShown.value = !infoShown.value; }}>
              <${Icon} name="info" /> <kbd>i</kbd>
            </button>
          </div>
          <${Stands} picture=${picture} />
          ${infoShown.value && html`<${ReviewInfo} picture=${picture} />`}
        </div>
        <${Actions} />
      </div>
    </div>`;
}
