// The zones and masks of a source as one list, each with its place in the config.

export const KINDS = {
  zone: { words: "Zone", add: "Add a zone", hint: "gives tags and visits a place" },
  motion: { words: "No motion", add: "Ignore motion", hint: "trees, a flag: nothing counts here" },
  privacy: { words: "Privacy", add: "Black out", hint: "black before anything else sees the picture" },
};

// [{kind, name, place, corners}] of a source's section.
export function shapesOf(source, index) {
  const own = ["sources", index];
  return [
    ...Object.entries(source.zones ?? {}).map(([name, zone]) => ({
      kind: "zone", name, place: [...own, "zones", name, "polygon"], corners: zone?.polygon ?? [],
    })),
    ...(source.motion?.mask ?? []).map((corners, n) => ({
      kind: "motion", name: `${KINDS.motion.words} ${n + 1}`, place: [...own, "motion", "mask", n], corners,
    })),
    ...(source.privacy ?? []).map((corners, n) => ({
      kind: "privacy", name: `${KINDS.privacy.words} ${n + 1}`, place: [...own, "privacy", n], corners,
    })),
  ];
}

const free = (names) => {
  let number = names.length + 1;
  while (names.includes(`zone${number}`)) number += 1;
  return `zone${number}`;
};

// Where a new one of this kind goes.
export function newPlace(kind, source, index) {
  const own = ["sources", index];
  if (kind === "zone") return [...own, "zones", free(Object.keys(source.zones ?? {})), "polygon"];
  if (kind === "motion") return [...own, "motion", "mask", source.motion?.mask?.length ?? 0];
  return [...own, "privacy", source.privacy?.length ?? 0];
}

// What takes a shape away: the last of its kind takes its list along.
export function removal(shape, source) {
  const [own, index] = shape.place;
  if (shape.kind === "zone") {
    const alone = Object.keys(source.zones).length === 1;
    return [alone ? [own, index, "zones"] : shape.place.slice(0, -1), undefined];
  }
  const list = shape.kind === "motion" ? source.motion.mask : source.privacy;
  return [list.length === 1 ? shape.place.slice(0, -1) : shape.place, undefined];
}
