// Pure text work on a search query: which words it has, and the word under the caret.

const WORDS = /-?(?:\w+[:<>=]+)?"(?:[^"\\]|\\.)*"|\S+/g;
const PLAIN = /^[\p{L}\p{N}_]+$/u;
const OPERATOR = /^(and|or|not|in|has)$/i;

// A tag's name as a word of the query.
export function quoted(name) {
  if (PLAIN.test(name) && !OPERATOR.test(name)) return name;
  return `"${name.replaceAll(/["\\]/g, "\\$&")}"`;
}

export function has(query, name) {
  return (query.match(WORDS) ?? []).includes(quoted(name));
}

// The query with the tag, or without it if it was there.
export function toggled(query, name) {
  const words = query.match(WORDS) ?? [];
  const rest = words.filter((word) => word !== quoted(name));
  return (rest.length < words.length ? rest : [...words, quoted(name)]).join(" ");
}

// The word that ends at the caret: {start, sign: "" or "-", field: null or "source", prefix}.
export function wordAt(text, caret) {
  const head = text.slice(0, caret);
  const inQuotes = head.split('"').length % 2 === 0;
  const before = inQuotes ? head.slice(0, head.lastIndexOf('"')) : head;
  const start = before.length - /[^\s()]*$/.exec(before)[0].length;
  const [, sign, field, prefix] = /^(-?)(?:(source):)?"?(.*)$/.exec(head.slice(start));
  return { start, sign, field: field ?? null, prefix };
}

// The text with that word replaced by `name`, and a space after it.
export function completed(text, caret, { start, sign, field }, name) {
  const rest = text.slice(caret).replace(/^[^\s"]*"?\s*/, "");
  return `${text.slice(0, start)}${sign}${field ? `${field}:` : ""}${quoted(name)} ${rest}`;
}
