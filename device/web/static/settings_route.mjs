// Which part of the settings is shown: ?view=settings&section=sources&source=gate
import { computed } from "@preact/signals";
import { asked, follow, link } from "./route.mjs";

export const section = computed(() => asked.value.get("section")); // null: the list, on phones
export const chosen = computed(() => asked.value.get("source")); // the name of a source

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
