// Who said what of a picture, newest first; the newest can be undone.
import { useEffect, useState } from "preact/hooks";
import { html } from "../html.mjs";
import { history, undoReview } from "../reviews.mjs";
import { unsaved } from "../saving.mjs";
import { words } from "../verdicts.mjs";
import { Time } from "./time.mjs";

// The reviews of the picture, asked for again when it was changed and that was saved.
function useReviews({ id, version }) {
  const [found, setFound] = useState({ reviews: [] });
  const saved = !unsaved.value.some(({ ids }) => ids.includes(id));
  useEffect(() => {
    if (!saved) return undefined;
    let over = false;
    history(id).then(
      (reviews) => over || setFound({ id, reviews }),
      (problem) => over || setFound({ id, reviews: [], problem }));
    return () => { over = true; };
  }, [id, version, saved]);
  return found.id === id ? found : { reviews: [] };
}

export function History({ picture }) {
  const { reviews, problem } = useReviews(picture);
  const newest = reviews.find(({ undone }) => !undone);
  if (problem) return html`<p class="error">${problem.message}</p>`;
  return reviews.length > 0 && html`
    <section class="who-said" aria-label="Who said what">
      <h2>Who said what</h2>
      <ol>
        ${reviews.map((one) => html`
          <li key=${one.id} class=${one.undone ? "undone" : ""}>
            <p><strong>${one.by}</strong> <span class="faint"><${Time} at=${one.at} />${
              one.undone && " · undone"}</span></p>
            <p>${words(one.verdicts)}</p>
            ${one === newest && html`
              <button class="plain" onClick=${() => undoReview(one, picture)}>Undo</button>`}
          </li>`)}
      </ol>
    </section>`;
}
