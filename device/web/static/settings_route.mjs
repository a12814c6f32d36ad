// Which part of the settings is shown: ?view=settings&section=sources&source=gate
import { batch, signal } from "@preact/signals";
import { link } from "./route.mjs";

export const section = signal(null); // null: the list of sections, on narrow screens
export const chosen = signal(null); // the name of a source

function follow() {
  const parameters = new URLSearchParams(location.search);
  batch(() => {
    section.value = parameters.get("section");
    chosen.value = parameters.get("source");
  });
}
addEventListener("popstate", follow);
follow();

const address = (where, source) => {
  const parameters = new URLSearchParams({ view: "settings" });
  if (where) parameters.set("section", where);
  if (source) parameters.set("source", source);
  return `?${parameters}`;
};

export function show(where, source = null) {
  history.pushState(null, "", address(where, source));
  follow();
  scrollTo(0, 0);
}

export const sectionLink = (where, source = null) =>
  link(address(where, source), () => show(where, source));
