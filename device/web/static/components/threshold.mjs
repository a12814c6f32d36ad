// From which confidence on a word is said: a slider under what people accepted and rejected.
import { useEffect, useState } from "preact/hooks";
import { html } from "../html.mjs";
import { get } from "../api.mjs";
import { may } from "../me.mjs";
import { draft, wish } from "../words.mjs";

const PAUSE = 120; // ms after the last move
const ORIGINS = {
  "built-in": "built in",
  config: "set in the config, which wins over the vocabulary",
  file: "set by you",
  tagger: "that of its tagger",
};

function usePreview(name, at) {
  const [preview, set] = useState(null);
  useEffect(() => {
    const stopping = new AbortController();
    const path = `vocabulary/${encodeURIComponent(name)}/threshold`;
    const timer = setTimeout(
      () => get(path, { at }, stopping.signal).then(set, () => {}), preview ? PAUSE : 0);
    return () => {
      clearTimeout(timer);
      stopping.abort();
    };
  }, [name, at]);
  return preview;
}

// Accepted ones upwards, rejected ones downwards; what would not be said is pale.
function Histogram({ bins, at }) {
  const most = Math.max(1, ...bins.flatMap(({ accepted, rejected }) => [accepted, rejected]));
  const width = 100 / bins.length;
  const bar = (kind, bin, up) => {
    const height = (28 * bin[kind]) / most;
    return bin[kind] > 0 && html`
      <rect class=${kind} x=${bin.low * 100 + 0.4} width=${width - 0.8} y=${up ? 30 - height : 30}
        height=${height} opacity=${bin.low + width / 200 < at ? 0.3 : 1} />`;
  };
  return html`
    <svg class="histogram" viewBox="0 0 100 60" preserveAspectRatio="none" aria-hidden="true">
      ${bins.map((bin) => html`${bar("accepted", bin, true)}${bar("rejected", bin, false)}`)}
      <line class="zero" x1="0" x2="100" y1="30" y2="30" />
      <line class="at" x1=${at * 100} x2=${at * 100} y1="0" y2="60" />
    </svg>`;
}

function Told({ preview: { accepted, rejected, suggested, why, at } }) {
  const [good, bad] = [accepted.kept + accepted.dropped, rejected.kept + rejected.dropped];
  return html`
    <p aria-live="polite">${good + bad === 0
      ? "Nobody has judged this word yet."
      : `At ${at.toFixed(2)} this would have dropped ${rejected.dropped} of ${bad} rejected and ${
        accepted.dropped} of ${good} accepted.`}</p>
    ${suggested == null ? html`<p class="faint">A proposal ${why}.</p>` : null}`;
}

export function Threshold({ entry }) {
  const wanted = draft.value.threshold;
  const now = entry.threshold ?? 0;
  const at = wanted ?? now;
  const [tried, setTried] = useState(null); // by whoever may not change it
  const shown = tried ?? at;
  const preview = usePreview(entry.name, shown);
  const admin = may("administrator");
  const turn = (value) => {
    if (!admin) setTried(value);
    else wish("threshold", value === entry.threshold ? undefined : value);
  };
  const suggested = preview?.suggested;
  return html`
    <section class="threshold" aria-label="Threshold">
      <h3>Said from <output>${shown.toFixed(2)}</output> on</h3>
      <div class="slider">
        <${Histogram} bins=${preview?.histogram ?? []} at=${shown} />
        <input type="range" min="0" max="1" step="0.01" value=${shown} aria-label="Threshold"
          onInput=${(event) => turn(Number(event.target.value))} />
      </div>
      ${preview ? html`<${Told} preview=${preview} />` : html`<p>${" "}</p>`}
      <p class="faint">${ORIGINS[entry.threshold_from] ?? "no tagger says it by itself"}${" "}
        ${admin && entry.threshold_from === "file" && html`
          <button class="plain link" onClick=${() => wish("threshold", null)}>
            Take it back</button>`}
        ${suggested != null && suggested !== shown && html`
          <button class="plain link" title=${preview.why} onClick=${() => turn(suggested)}>
            Try ${suggested.toFixed(2)}</button>`}
      </p>
    </section>`;
}
