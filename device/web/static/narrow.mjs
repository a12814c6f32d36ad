// Pure text work on a search query: what of it the facets and the timeline have put there. A facet
// is one part of the query, or several with OR in parentheses: `("cat" OR "dog") source:gate`.

const OPERATOR = /^(and|or|not|in|has|exists|any|[:<>=!]+)$/i;
const bare = (text) => (text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, "$1") : text);
const spelt = (text) => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
const plain = (text) => (/^[\p{L}\p{N}_-]+$/u.test(text) ? text : spelt(text));

const WORD = /^(?:"(?:[^"\\]|\\.)*"|[^\s()[\]":<>=,-][^\s()[\]":<>=,]*)$/;
const SOURCE = /^source[:=]("(?:[^"\\]|\\.)*"|[^\s()"]+)$/i;
const DAY = /^createdAt[:=](\d{4}-\d\d-\d\d)$/i;
const TIME = /^createdAt[:<>=]/i;

// How each facet spells a value, and reads a part of the query: null where it is not its own.
export const FACETS = {
  tags: {
    spell: spelt,
    read: (part) => (WORD.test(part) && !OPERATOR.test(part) ? bare(part).toLowerCase() : null),
  },
  sources: {
    spell: (name) => `source:${plain(name)}`,
    read: (part) => (SOURCE.test(part) ? bare(SOURCE.exec(part)[1]) : null),
  },
  days: { spell: (day) => `createdAt:${day}`, read: (part) => DAY.exec(part)?.[1] ?? null },
};

// What is separated by spaces outside of quotes and parentheses; null where those do not close.
function tokens(query) {
  const found = [];
  let depth = 0;
  let quotes = false;
  let token = "";
  for (let at = 0; at < query.length; at += 1) {
    const letter = query[at];
    if (quotes && letter === "\\") {
      token += query.slice(at, at + 2);
      at += 1;
      continue;
    }
    if (letter === '"') quotes = !quotes;
    else if (!quotes && "([".includes(letter)) depth += 1;
    else if (!quotes && ")]".includes(letter)) depth -= 1;
    if (depth < 0) return null;
    if (/\s/.test(letter) && !quotes && !depth) {
      if (token) found.push(token);
      token = "";
    } else token += letter;
  }
  if (token) found.push(token);
  return quotes || depth ? null : found;
}

// The parts that must all hold, or null where the query is written out with operators.
export function parts(query) {
  const found = tokens(query);
  return found?.some((one) => OPERATOR.test(one)) ? null : found;
}

// The values in a part that is all of this facet, or null.
function values(facet, part) {
  const { read } = FACETS[facet];
  const group = /^\((.*)\)$/s.exec(part);
  if (!group) return read(part) === null ? null : [read(part)];
  const inner = tokens(group[1]) ?? [];
  const right = inner.length % 2 && inner.every((one, at) =>
    (at % 2 ? /^or$/i.test(one) : read(one) !== null));
  return right ? inner.filter((_, at) => at % 2 === 0).map(read) : null;
}

// [place of the facet's part, its values]; tags side by side must all hold and are no choice.
function found(facet, list) {
  const places = list.flatMap((part, place) => (values(facet, part) ? [place] : []));
  if (facet === "tags" && places.length > 1) return [-1, []];
  return places.length ? [places[0], values(facet, list[places[0]])] : [-1, []];
}

export const chosen = (query, facet) => found(facet, parts(query) ?? [])[1];

// The query without what this facet says: what its counts are counted of.
export function without(query, facet) {
  const list = parts(query);
  if (!list) return query;
  if (facet === "days") return list.filter((part) => !isTime(part)).join(" ");
  const [place] = found(facet, list);
  return list.filter((_, at) => at !== place).join(" ");
}
const isTime = (part) => TIME.test(part) || values("days", part) !== null;

// The query with the value chosen, or not any more if it was.
export function toggled(query, facet, value) {
  const { spell } = FACETS[facet];
  const list = parts(query);
  if (!list) return `(${query}) ${spell(value)}`;
  const alone = facet === "tags" ? list.findIndex((part) => FACETS.tags.read(part) === value) : -1;
  const [place, before] = found(facet, list);
  if (place < 0) {
    if (alone >= 0) return list.filter((_, at) => at !== alone).join(" ");
    const rest = facet === "days" ? list.filter((part) => !isTime(part)) : list;
    return [...rest, spell(value)].join(" ");
  }
  const after = before.includes(value)
    ? before.filter((one) => one !== value) : [...before, value];
  const part = after.length > 1 ? `(${after.map(spell).join(" OR ")})` : after.map(spell).join("");
  return list.map((one, at) => (at === place ? part : one)).filter(Boolean).join(" ");
}

// The query for the days from `first` to `last`, both "2026-11-21" and both included.
export function between(query, first, last) {
  const rest = parts(query) ? without(query, "days") : `(${query})`;
  const when = first === last
    ? FACETS.days.spell(first) : `createdAt>=${first} createdAt<${dayAfter(last)}`;
  return `${rest} ${when}`.trim();
}

// Whether the query's time covers a day: [first, last] or null; "" is an open end.
export function period(query) {
  const times = (parts(query) ?? []).filter((part) => TIME.test(part));
  const of = (sign) => times.find((part) => part.startsWith(`createdAt${sign}2`))
    ?.slice(`createdAt${sign}`.length);
  const from = of(">=");
  const until = of("<");
  return from || until ? [from ?? "", until ? dayAfter(until, -1) : "9999"] : null;
}

export function dayAfter(day, by = 1) {
  const time = new Date(`${day.slice(0, 10)}T00:00:00Z`);
  time.setUTCDate(time.getUTCDate() + by);
  return time.toISOString().slice(0, 10);
}
