// The review: one picture at a time, or many of one tag. The keys are those of the buttons.
import { useEffect } from "preact/hooks";
import { html } from "../html.mjs";
import { boxesShown, viewHelp, viewKeys } from "../keys.mjs";
import * as review from "../review.mjs";
import { count } from "../progress.mjs";
import { label, order, query, showReview } from "../route.mjs";
import { LabelGrid, LABEL_HELP, labelKeys } from "./label_grid.mjs";
import { ReviewBar } from "./review_bar.mjs";
import { ReviewDesk } from "./review_desk.mjs";
import { again } from "./save_bar.mjs";
import { remove, turn } from "./tag_chips.mjs";

const { adding, decide, infoShown, skip, undo, walk, zoomed } = review;
const flip = (one) => () => { one.value = !one.value; };
const digits = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const addTag = () => (review.current.peek() ? (adding.value = { box: null }) : false);
const many = () => showReview({
  tag: review.row.peek().find(({ state }) => state === "proposed")?.name ?? "",
});

const KEYS = {
  a: () => decide("accept"),
  x: () => decide("reject"),
  e: () => decide("empty"),
  r: () => decide("reviewed"),
  z: skip,
  u: undo,
  "Ctrl+z": undo,
  t: addTag,
  "+": addTag,
  j: () => walk(1),
  ArrowRight: () => walk(1),
  k: () => walk(-1),
  ArrowLeft: () => walk(-1),
  " ": flip(zoomed),
  b: flip(boxesShown),
  i: flip(infoShown),
  v: many,
  ...Object.fromEntries(digits.flatMap((digit) => [
    [`${digit}`, () => turn(digit - 1)], [`Shift+${digit}`, () => remove(digit - 1)]])),
};

const HELP = [
  ["a", "accept the tags that are open, next picture"],
  ["x", "reject the tags that are open, next picture"],
  ["1 – 9", "the tag of that number: right, wrong, open"],
  ["Shift 1 – 9", "the tag of that number is wrong"],
  ["t  or  +", "add a tag"],
  ["F2", "rename the tag that has the focus"],
  ["e", "nothing is there: reject every tag, next"],
  ["r", "reviewed as it is, next"],
  ["z", "skip"],
  ["u  or  Ctrl Z", "undo"],
  ["j k  or  → ←", "next, previous picture"],
  ["Space", "full size"],
  ["b", "show or hide the boxes"],
  ["i", "about the picture; who reviewed what"],
  ["v", "many pictures of one tag"],
];

export function View() {
  const many = label.value !== null;
  useEffect(() => {
    viewKeys.value = many ? labelKeys : KEYS;
    viewHelp.value = many ? LABEL_HELP : HELP;
    const before = again.peek();
    if (!many) again.value = review.lookAgain;
    return () => {
      again.value = before;
      viewKeys.value = {};
      viewHelp.value = [];
    };
  }, [many]);
  useEffect(() => {
    if (!many) review.load();
    count();
    return () => {
      review.flush();
      adding.value = null;
      zoomed.value = false;
    };
  }, [many, query.value, order.value]);
  return html`
    <main class="review">
      <${ReviewBar} />
      ${many ? html`<${LabelGrid} />` : html`<${ReviewDesk} />`}
    </main>`;
}
