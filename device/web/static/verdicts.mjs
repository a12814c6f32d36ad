// What a person says of a picture's tags, as pure functions: a draft on its way to the chips that
// are shown, to the verdicts that are sent, and to the picture as it will be.
//
// A draft is a Map: name -> {verdict: "accept", "reject", "add" or "rename", to, box}.

const BECOMES = { accept: "accepted", reject: "rejected", add: "manual", rename: "renamed" };

// What pressing a chip says next, by how it stood when the picture came; null takes it back.
const TURNS = {
  proposed: [null, "accept", "reject"],
  accepted: [null, "reject"],
  manual: [null, "reject"],
  rejected: [null, "accept"],
  nearly: [null, "add"],
};

const PERSON = { confidence: 1, kind: "object", tagger: "person", model: "", parents: [] };
const byPerson = ({ tagger, model }) => tagger === PERSON.tagger && !model;

// Two taggers that say the same word speak of one thing: what a person said of one goes first.
const standing = (tags) => ["manual", "accepted", "proposed", "rejected"]
  .find((state) => tags.some((tag) => tag.state === state));

// One chip a name, in an order that stays while the picture is judged: the tags, best first, then
// those a person gave it, then what was nearly said, then what the draft adds.
// [{name, confidence (null: of a person), stood, said (of the draft, or null), state, to}]
export function chips({ tags, alternatives = [] }, draft = new Map()) {
  const names = new Map();
  for (const tag of tags) names.set(tag.name, [...(names.get(tag.name) ?? []), tag]);
  const rows = [...names].map(([name, group]) => {
    const stood = standing(group);
    const sure = group.filter((tag) => !byPerson(tag)).map((tag) => tag.confidence);
    return { name, stood, confidence: sure.length ? Math.max(...sure) : null };
  });
  rows.sort((a, b) => (b.confidence ?? -1) - (a.confidence ?? -1));
  for (const { name, confidence } of alternatives) {
    if (names.has(name)) continue;
    names.set(name, []);
    rows.push({ name, stood: "nearly", confidence });
  }
  for (const name of draft.keys()) {
    if (!names.has(name)) rows.push({ name, stood: "nearly", confidence: null });
  }
  return rows.map((row) => {
    const said = draft.get(row.name) ?? null;
    return { ...row, said, to: said?.to, state: said ? BECOMES[said.verdict] : row.stood };
  });
}

// The draft after `said` about `name`; null: nothing is said of it any more.
export function drafted(draft, name, said) {
  const next = new Map(draft);
  if (said) next.set(name, said);
  else next.delete(name);
  return next;
}

// What the next press of a chip says: a verdict or null.
export function turned({ stood, said }) {
  const turns = TURNS[stood];
  return turns[(turns.indexOf(said?.verdict ?? null) + 1) % turns.length];
}

// What "this one is wrong" says of a chip, and takes back the second time.
export const removed = ({ stood, state }) =>
  (state === "rejected" || stood === "rejected" || stood === "nearly" ? null : "reject");

const spoken = (name, { verdict, to, box }) =>
  ({ verdict, tag: name, ...(to && { to }), ...(box && { box }) });

// The verdicts of a draft; `rest` ("accept", "reject" or null) is said of what is still open.
// Each tag is named, so that nothing is judged that was not on the screen.
export function verdicts(picture, draft, rest = null) {
  const said = [...draft].map(([name, one]) => spoken(name, one));
  const open = chips(picture, draft).filter(({ state }) => rest && state === "proposed");
  return [...said, ...open.map(({ name }) => ({ verdict: rest, tag: name }))];
}

// Nothing is there: every tag that stands is wrong.
export const nothingThere = (picture) => chips(picture)
  .filter(({ stood }) => stood !== "rejected" && stood !== "nearly")
  .map(({ name }) => ({ verdict: "reject", tag: name }));

const right = (one) => ({ ...one, state: byPerson(one) ? "manual" : "accepted" });

// What is said to be there: by what says so already, else in a person's name.
const added = (tags, name, box) => (!box && tags.some((one) => one.name === name)
  ? tags.map((one) => (one.name === name ? right(one) : one))
  : [...tags, { ...PERSON, name, box, state: "manual" }]);

// As the device does it.
function withVerdict(tags, { verdict, tag, tagger, to, box = null }) {
  if (verdict === "add") return added(tags, tag, box);
  const meant = (one) => (tag
    ? one.name === tag && (!tagger || one.tagger === tagger) : one.state === "proposed");
  const wrong = (one) => (meant(one) ? { ...one, state: "rejected" } : one);
  if (verdict === "accept") return tags.map((one) => (meant(one) ? right(one) : one));
  if (verdict === "reject") return tags.map(wrong);
  return tags.filter(meant).reduce((now, one) => added(now, to, one.box), tags.map(wrong));
}

// The picture as the device will tell it after these verdicts.
export function applied(picture, said) {
  return {
    ...picture,
    tags: said.reduce(withVerdict, picture.tags),
    reviewed_at: new Date().toISOString(),
    version: picture.version + 1,
  };
}

const list = (names) => names.join(", ");

// "accepted cat, sofa; rejected dog"
export function words(said) {
  const of = (verdict) => said.filter((one) => one.verdict === verdict);
  const named = (verdict) => list(of(verdict).map(({ tag }) => tag ?? "all that was proposed"));
  return [
    of("accept").length && `accepted ${named("accept")}`,
    of("reject").length && `rejected ${named("reject")}`,
    of("add").length && `added ${named("add")}`,
    of("rename").length && list(of("rename").map(({ tag, to }) => `${tag} is ${to}`)),
  ].filter(Boolean).join("; ") || "reviewed as it is";
}
