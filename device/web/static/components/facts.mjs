// Beside the large picture: its tags, tagger by tagger, and what is known of the file.
import { html } from "../html.mjs";
import { boxesShown } from "../keys.mjs";
import { pictureLink } from "../route.mjs";
import { may } from "../me.mjs";
import { bytes, exact, grouped, standing } from "../text.mjs";
import { ErasePicture } from "./erase_picture.mjs";
import { Icon } from "./icon.mjs";
import { Judge, TagVerdict } from "./judge.mjs";
import { TagRows } from "./tags.mjs";

const RAW = "RAW"; // never was a file: a frame of a film or stream

function byTagger(tags) {
  const groups = new Map();
  for (const tag of tags) groups.set(tag.tagger, [...(groups.get(tag.tagger) ?? []), tag]);
  return [...groups];
}

function facts({ taken_at, tagged_at, width, height, format, size, source, name, sha256 }) {
  return [
    ["Source", source],
    ["File", name],
    ["Taken", exact(taken_at)],
    ["Tagged", exact(tagged_at)],
    ["Picture", [`${width} × ${height}`, format !== RAW && format, size > 0 && bytes(size)]
      .filter(Boolean).join(", ")],
    ["SHA-256", sha256 && html`<code title=${sha256}>${sha256.slice(0, 12)}</code>`],
  ].filter(([, value]) => value);
}

// A picture that this device can keep reviews of has a version.
const judging = ({ version }) => may("reviewer") && version !== undefined;

const verdicts = (picture) => (judging(picture)
  ? (tag) => html`<${TagVerdict} picture=${picture} tag=${tag} />` : undefined);

export const Facts = ({ picture, onPoint }) => html`
  <div class="facts">
    ${byTagger(standing(picture.tags)).map(([tagger, tags]) => html`
      <section key=${tagger}>
        <h2>${tagger} <span class="faint">${tags[0].model}</span></h2>
        <${TagRows} tags=${grouped(tags)} linked onPoint=${onPoint}
          after=${verdicts(picture)} />
      </section>`)}
    ${!standing(picture.tags).length && html`<p>No tags: no tagger was sure enough of anything.</p>`}
    ${judging(picture) && html`<${Judge} picture=${picture} />`}
    <dl>${facts(picture).map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>`)}</dl>
    <p class="links">
      <button aria-pressed=${boxesShown.value} title="Show or hide the boxes (b)"
        onClick=${() => { boxesShown.value = !boxesShown.value; }}>
        <${Icon} name="boxes" />Boxes
      </button>
      <a ...${pictureLink(picture.id)}>Permalink</a>
      ${picture.url && html`<a href=${picture.url} target="_blank" rel="noopener">Open image</a>`}
    </p>
    <${ErasePicture} id=${picture.id} />
  </div>`;
