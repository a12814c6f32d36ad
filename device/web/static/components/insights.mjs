// Insights: what the pictures and visits add up to.
import { useEffect } from "preact/hooks";
import { html } from "../html.mjs";
import { useViewKeys } from "../keys.mjs";
import {
  LENGTHS, again, answers, busiest, drawn, length, pick, picked, source, zone,
} from "../insights.mjs";
import { searchLink } from "../route.mjs";
import { plural, timeOfDay } from "../text.mjs";
import { Clock } from "./clock.mjs";
import { Figure } from "./figure.mjs";
import { WEEKDAYS, WeekHeat, hourName } from "./heat.mjs";
import { Places, thirds } from "./places.mjs";
import { Plot } from "./plot.mjs";

const dayName = new Intl.DateTimeFormat(
  undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const NONE = "No pictures in these days.";
const total = (list) => list.reduce((sum, one) => sum + one, 0);
const by24 = (hours) => Array.from({ length: 24 }, (_, hour) => total(hours.map((day) => day[hour])));
const ofNewest = ({ complete, counted }, word) =>
  (complete ? null : `Of the newest ${plural(counted, word)}.`);

function daily({ first, days }) {
  const names = Array.from({ length: days }, (_, index) =>
    dayName.format(new Date(Date.parse(first) + index * 86_400_000)));
  const every = Math.ceil(days / 6);
  const ticks = names.flatMap((name, index) => (index % every === Math.floor(every / 2)
    ? [[index, name]] : []));
  return { labels: names, ticks };
}
const asSeries = (list) => list.map(({ name, counts }) => ({ name, values: counts }));
const dayTable = (data, list) => ({
  columns: ["Day", ...list.map(({ name }) => name)],
  rows: daily(data).labels.map((name, at) => [name, ...list.map(({ counts }) => counts[at])]),
});
const hourTable = ({ hours }) => ({
  columns: ["Hour", ...WEEKDAYS],
  rows: Array.from({ length: 24 }, (_, hour) => [hourName(hour), ...hours.map((day) => day[hour])]),
});

const busy = (data) => data.sources.filter(({ counts }) => total(counts));

const Sources = () => html`
  <${Figure} title="Pictures a day" answer=${answers.value.days} wide
    table=${(data) => dayTable(data, busy(data))} empty=${(data) => !busy(data).length && NONE}>
    ${(data) => html`<${Plot} label="Pictures a day, by source" series=${asSeries(busy(data))}
      ...${daily(data)} />`}
  <//>`;

const Tags = () => html`
  <${Figure} title="Tags a day" answer=${answers.value.days} wide
    note=${answers.value.days?.data?.complete === false ? "Of the newest pictures only." : null}
    table=${(data) => dayTable(data, data.tags)}
    empty=${(data) => !data.tags.length && "Choose tags above to compare them."}>
    ${(data) => html`<${Plot} label="Tags a day" series=${asSeries(data.tags)} lines
      ...${daily(data)} />`}
  <//>`;

function Hours() {
  const answer = answers.value.hours;
  const empty = (data) => !data.counted && NONE;
  const note = answer?.data && [picked.value?.length && `With ${picked.value.join(" or ")}.`,
    ofNewest(answer.data, "picture")].filter(Boolean).join(" ");
  return html`
    <${Figure} title="By hour" answer=${answer} note=${note} table=${hourTable} empty=${empty}>
      ${({ hours }) => html`<${Clock} counts=${by24(hours)} label="Pictures by hour of the day"
        word="picture" />`}
    <//>
    <${Figure} title="By weekday and hour" answer=${answer} note=${note} table=${hourTable}
      empty=${empty}>
      ${({ hours }) => html`<${WeekHeat} hours=${hours} label="Pictures by weekday and hour"
        word="picture" />`}
    <//>`;
}

const spanName = (up, before) => (up === null ? `longer than ${span(before)}` : `up to ${span(up)}`);
const span = (seconds) => (seconds < 60 ? `${seconds} s`
  : seconds < 3600 ? `${seconds / 60} min` : `${seconds / 3600} h`);

function Visits() {
  const answer = answers.value.stays;
  const empty = (data) => !data.counted && "No visits in these days.";
  const names = ({ durations }) => durations.map(({ up_to_s: up }, at) =>
    spanName(up, durations[at - 1]?.up_to_s));
  return html`
    <${Figure} title="Visits by hour" answer=${answer} table=${hourTable} empty=${empty}
      note=${answer?.data && ofNewest(answer.data, "visit")}>
      ${({ hours }) => html`<${Plot} label="Visits by the hour in which they began"
        series=${[{ name: "visits", values: by24(hours) }]}
        labels=${Array.from({ length: 24 }, (_, hour) => hourName(hour))}
        ticks=${[0, 6, 12, 18].map((hour) => [hour, hourName(hour)])} />`}
    <//>
    <${Figure} title="How long they stayed" answer=${answer} empty=${empty}
      table=${(data) => ({ columns: ["Length", "Visits"],
        rows: data.durations.map(({ count }, at) => [names(data)[at], count]) })}>
      ${(data) => html`<${Plot} label="Visits by length"
        series=${[{ name: "visits", values: data.durations.map(({ count }) => count) }]}
        labels=${names(data)} ticks=${data.durations.map(({ up_to_s: up }, at) =>
          [at, up === null ? "more" : span(up)])} />`}
    <//>`;
}

function Where() {
  const [tag] = drawn();
  const sources = busiest();
  const from = source.value ?? sources[0]?.name;
  if (!tag || !from) return null;
  return html`
    <${Figure} title=${`Where ${tag} is seen`} answer=${answers.value.places}
      empty=${(data) => !data.boxes && `No boxes of ${tag} at ${from}.`}
      note=${html`<label>Source <select value=${from}
        onChange=${(event) => { source.value = event.target.value; }}>
          ${sources.map(({ name }) => html`<option key=${name}>${name}</option>`)}
        </select></label>`}
      table=${(data) => ({ columns: ["Part of the picture", "Boxes"], rows: thirds(data) })}>
      ${(data) => html`<${Places} data=${data} tag=${tag} source=${from} />`}
    <//>`;
}

const List = ({ title, list }) => list.length > 0 && html`
  <h3>${title}</h3>
  <ul class="word-list">${list.map(({ name, count }) => html`
    <li key=${name}><a ...${searchLink(`"${name}"`)}>${name}</a>
      <span class="count">${count.toLocaleString("en")}</span></li>`)}</ul>`;

const Words = () => html`
  <${Figure} title="New and rare" answer=${answers.value.words}
    table=${(data) => ({ columns: ["Tag", "Pictures", ""], rows: [
      ...data.new.map((one) => [one.name, one.count, "new"]),
      ...data.rare.map((one) => [one.name, one.count, "rare"])] })}
    empty=${(data) => !data.new.length && !data.rare.length
      && "No tag was said for the first time, and none is rare."}>
    ${(data) => html`<${List} title="First seen in these days" list=${data.new} />
      <${List} title="Hardly ever said" list=${data.rare} />`}
  <//>`;

function latencySeries({ latency }) {
  const times = [...new Set(latency.flatMap(({ points }) => points.map(([at]) => at)))].sort();
  const labels = times.map((at) => timeOfDay(at));
  const series = latency.map(({ name, points }) => {
    const found = new Map(points);
    return { name, values: times.map((at) => found.get(at) ?? null) };
  });
  const middle = Math.floor(times.length / 2);
  const places = [...new Set([0, middle, times.length - 1])];
  return { labels, series, ticks: times.length > 2 ? places.map((at) => [at, labels[at]]) : [] };
}

function Models() {
  const answer = answers.value.models;
  const right = ({ accepted, rejected }) =>
    `${Math.round((100 * accepted) / Math.max(accepted + rejected, 1))} %`;
  const rows = (data) => data.precision.map((one) =>
    [one.name, right(one), one.accepted, one.rejected, one.added]);
  return html`
    <${Figure} title="Milliseconds a picture" answer=${answer}
      note="Each model over the last day, while it worked."
      empty=${(data) => !data.latency.length && "No picture was tagged since the start."}
      table=${(data) => { const { labels, series } = latencySeries(data); return {
        columns: ["Time", ...series.map(({ name }) => name)],
        rows: labels.map((at, index) => [at, ...series.map(({ values }) => values[index] ?? "")]),
      }; }}>
      ${(data) => html`<${Plot} label="Milliseconds a picture" lines unit=" ms"
        ...${latencySeries(data)} />`}
    <//>
    ${answer?.data?.precision.length > 0 && html`
      <${Figure} title="How often a tag is right" answer=${answer} note="By what people reviewed."
        table=${(data) => ({ columns: ["Tag", "Right", "Accepted", "Rejected", "Added"],
          rows: rows(data) })}>
        ${(data) => html`<ul class="right">${data.precision.slice(0, 12).map((one) => html`
          <li key=${one.name}><span>${one.name}</span>
            <span class="bar" aria-hidden="true"><i style=${{ width: right(one) }}></i></span>
            <span>${right(one)}</span>
            <span class="faint">of ${one.accepted + one.rejected}</span></li>`)}</ul>`}
      <//>`}`;
}

const Choice = () => html`
  <div class="compared">
    <div role="group" aria-label="Days">${LENGTHS.map((days) => html`
      <button key=${days} aria-pressed=${length.value === days}
        onClick=${() => { length.value = days; }}>${days} days</button>`)}</div>
    <div role="group" aria-label="Tags to compare" class="tags">
      ${[...new Set([...(answers.value.words?.data?.top ?? []).map(({ name }) => name), ...drawn()])]
        .map((name) => html`<button key=${name} aria-pressed=${drawn().includes(name)}
          onClick=${() => pick(name)}>${name}</button>`)}
    </div>
  </div>`;

const KEYS = Object.fromEntries(LENGTHS.map((days, at) =>
  [String(at + 1), () => { length.value = days; }]));
const HELP = LENGTHS.map((days, at) => [String(at + 1), `the last ${days} days`]);

export function View() {
  useViewKeys(KEYS, HELP);
  useEffect(() => again, []);
  return html`
    <main class="insights">
      <h2 class="unseen">Insights</h2>
      <${Choice} />
      <div class="figures">
        <${Sources} /><${Tags} /><${Hours} /><${Visits} /><${Where} /><${Words} /><${Models} />
      </div>
      <p class="faint end">Days are days in UTC, hours those of ${zone.value}.</p>
    </main>`;
}
