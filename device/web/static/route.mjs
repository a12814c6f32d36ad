// What the address bar says, as signals: ?view= is the view, ?q= the search, ?picture= the
// picture that is open; of a review ?order= and, for many of one tag, ?tag=.
import { batch, signal } from "@preact/signals";

// Name, words, the role it needs, the key after g.
export const VIEWS = [
  ["pictures", "Pictures", "viewer", "p"],
  ["now", "Now", "viewer", "n"],
  ["visits", "Visits", "viewer", "v"],
  ["review", "Review", "reviewer", "r"],
  ["tags", "Tags", "viewer", "t"],
  ["insights", "Insights", "viewer", "i"],
  ["settings", "Settings", "administrator", "s"],
  ["system", "System", "administrator", "y"],
];
export const view = signal("pictures");
export const asked = signal(new URLSearchParams()); // all that the address says
export const query = signal("");
export const pictureId = signal(null);
export const order = signal(null); // of the review; null: as the device proposes
export const label = signal(null); // the tag whose pictures are reviewed together

export function follow() {
  const parameters = new URLSearchParams(location.search);
  const where = parameters.get("view");
  batch(() => {
    view.value = VIEWS.some(([name]) => name === where) ? where : "pictures";
    asked.value = parameters;
    query.value = parameters.get("q") ?? "";
    pictureId.value = parameters.get("picture");
    order.value = parameters.get("order");
    label.value = parameters.get("tag");
  });
}
addEventListener("popstate", follow);
follow();

export function address(q, id = null, where = view.value) {
  const parameters = new URLSearchParams();
  if (where !== "pictures") parameters.set("view", where);
  if (q) parameters.set("q", q);
  if (where === "review" && order.peek()) parameters.set("order", order.peek());
  if (where === "review" && label.peek() !== null) parameters.set("tag", label.peek());
  if (id) parameters.set("picture", id);
  const text = parameters.toString();
  return text ? `?${text}` : location.pathname;
}

export function search(q) {
  const words = q.trim();
  if (words === query.value && !pictureId.value && view.value === "pictures") return;
  history.pushState(null, "", address(words, null, "pictures"));
  follow();
}

export function showView(where) {
  const there = address(query.value, null, where);
  if (where === view.value && there === (location.search || location.pathname)) return;
  history.pushState(null, "", there);
  follow();
}

// What is reviewed: the pictures of a search, in an order, maybe those of one tag.
export function showReview({ q = query.peek(), by = order.peek(), tag = label.peek() }) {
  batch(() => {
    order.value = by;
    label.value = tag;
  });
  history.pushState(null, "", address(q, null, "review"));
  follow();
}

// Opening is one step of the history, however many neighbours are looked at: back closes.
export function openPicture(id) {
  if (pictureId.value) history.replaceState(history.state, "", address(query.value, id));
  else history.pushState({ opened: true }, "", address(query.value, id));
  follow();
}

export function closePicture() {
  if (history.state?.opened) history.back();
  else {
    history.replaceState(null, "", address(query.value));
    follow();
  }
}

// The attributes of a link that stays in the page, and can still be opened in a tab of its own.
export function link(href, go) {
  const onClick = (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go();
  };
  return { href, onClick };
}
export const pictureLink = (id) => link(address(query.peek(), id), () => openPicture(id));
export const searchLink = (q) => link(address(q, null, "pictures"), () => search(q));
export const viewLink = (where) => link(address(query.peek(), null, where), () => showView(where));
