// In the picture view, for those who may review: what is right and wrong, at each tag and below.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get } from "../api.mjs";
import { html } from "../html.mjs";
import { pictureKeys } from "../keys.mjs";
import { latest, learn } from "../latest.mjs";
import { done, judge, undo } from "../reviews.mjs";
import { chips, verdicts } from "../verdicts.mjs";
import { History } from "./history.mjs";
import { Icon } from "./icon.mjs";
import { TagInput } from "./tag_input.mjs";

const adding = signal(false);
const NONE = new Map();

const said = (picture, verdict) => {
  judge(latest(picture), [verdict]);
};

// Beside one tag: right, wrong.
export const TagVerdict = ({ picture, tag }) => html`
  <span class="judge">
    <button class="plain" aria-pressed=${tag.state === "accepted" || tag.state === "manual"}
      aria-label=${`${tag.name} is right`} title="Right"
      onClick=${() => said(picture, { verdict: "accept", tag: tag.name })}>
      <${Icon} name="check" /></button>
    <button class="plain" aria-label=${`${tag.name} is wrong`} title="Wrong"
      onClick=${() => said(picture, { verdict: "reject", tag: tag.name })}>
      <${Icon} name="close" /></button>
  </span>`;

const Others = ({ picture, stood, title, verdict }) => {
  const rows = chips(picture).filter((chip) => chip.stood === stood);
  return rows.length > 0 && html`
    <p class="others"><span class="faint">${title}</span>
      ${rows.map(({ name }) => html`
        <button key=${name} class=${`tagchip ${stood}`} aria-label=${`${name} is right`}
          onClick=${() => said(picture, { verdict, tag: name })}>
          <${Icon} name="plus" /><span class="name">${name}</span>
        </button>`)}
    </p>`;
};

function whole(picture, rest) {
  const now = latest(picture);
  const list = verdicts(now, NONE, rest);
  if (!list.length && now.reviewed_at) return false;
  judge(now, list);
  return true;
}

export function Judge({ picture }) {
  useEffect(() => {
    learn([picture]); // from here on it is followed
    // Lists leave out what was denied or only nearly said. A verdict may be faster than the answer.
    get(`pictures/${picture.id}`).then((whole) => {
      if (whole.version >= latest(picture).version) learn([whole]);
    }).catch(() => {}); // it is gone, or we are: what shows it says so
    adding.value = false;
    const add = () => { adding.value = true; };
    const back = () => (done.peek().length ? Boolean(undo()) : false);
    pictureKeys.value = {
      a: () => whole(picture, "accept"), x: () => whole(picture, "reject"), t: add, "+": add,
      u: back, "Ctrl+z": back,
    };
    return () => { pictureKeys.value = {}; };
  }, [picture.id]);
  const open = chips(picture).some(({ state }) => state === "proposed");
  const leave = () => { adding.value = false; };
  const add = (tag) => {
    leave();
    said(picture, { verdict: "add", tag });
  };
  return html`
    <section class="judging" aria-label="Review">
      <${Others} picture=${picture} stood="rejected" title="Rejected" verdict="accept" />
      <${Others} picture=${picture} stood="nearly" title="Nearly said" verdict="add" />
      <p class="links">
        <button disabled=${!open} onClick=${() => whole(picture, "accept")}>
          <${Icon} name="check" />Accept all <kbd>a</kbd></button>
        <button disabled=${!open} onClick=${() => whole(picture, "reject")}>
          <${Icon} name="close" />Reject all <kbd>x</kbd></button>
        ${!adding.value && html`
          <button onClick=${() => { adding.value = true; }}>
            <${Icon} name="plus" />Add a tag <kbd>t</kbd></button>`}
      </p>
      ${adding.value && html`<${TagInput} label="Add a tag" onTake=${add} onLeave=${leave} />`}
      <${History} picture=${picture} />
    </section>`;
}
