// What is kept of pictures and for how long, with what these rules would delete.
import { useEffect, useState } from "preact/hooks";
import { html } from "../../html.mjs";
import { command } from "../../api.mjs";
import { at } from "../../settings.mjs";
import { bytes, exact, plural } from "../../text.mjs";
import { Choice, Figure, Group, Text } from "./fields.mjs";

const PLACE = ["store", "retention"];

function words({ pictures, by_age: age, for_room: room, bytes: size, oldest_kept: oldest, complete }) {
  if (!pictures) return "Nothing would be deleted now.";
  const parts = [age && `${age.toLocaleString("en")} too old`, room && `${room.toLocaleString("en")} for room`];
  return `${complete ? "" : "At least "}${plural(pictures, "picture")} would be deleted, about ${
    bytes(size)} (${parts.filter(Boolean).join(", ")}). ${
    oldest ? `The oldest that stays is of ${exact(oldest)}.` : "None would stay."}`;
}

function Preview() {
  const rules = JSON.stringify(at(PLACE) ?? {});
  const [told, set] = useState("");
  useEffect(() => {
    let over = false;
    command("POST", "retention/preview", JSON.parse(rules)).then(
      (found) => over || set(words(found)), (problem) => over || set(problem.message));
    return () => { over = true; };
  }, [rules]);
  return html`<p class="preview" role="status">${told}</p>`;
}

export const Store = () => html`
  <${Group} title="Kept of a picture">
    <${Choice} place=${["store", "pictures"]} label="Pictures" fallback="A thumbnail"
      options=${[["full", "The whole picture"], ["none", "Tags only"]]} />
    <${Figure} place=${["store", "thumbnail_side"]} label="Thumbnail (pixels, longer side)" />
  <//>
  <${Group} title="Forgotten">
    <${Figure} place=${[...PLACE, "days"]} label="After (days)" hint="Empty: never by age." />
    <${Figure} place=${[...PLACE, "max_gb"]} label="At most (GB)" hint="Of pictures and database; the least useful go first." />
    <${Text} place=${[...PLACE, "min_free"]} label="Leave free" hint="10% of the disk, 500MB or 2GB." />
    <${Choice} place=${[...PLACE, "keep"]} label="Reviewed pictures" fallback="Stay for ever"
      options=${[["none", "Go like all others"]]} />
    <${Preview} />
  <//>`;
