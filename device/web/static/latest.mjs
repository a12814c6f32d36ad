// The newest that the page knows of each picture, whatever list it was fetched with: what a person
// has just said of it shows everywhere at once, also before the device has answered.
import { signal } from "@preact/signals";

const known = signal(new Map()); // by id

export function latest(picture) {
  const newer = known.value.get(picture.id);
  return newer && newer.version >= picture.version ? newer : picture;
}

export const knownPicture = (id) => known.value.get(id) ?? null;

// What was nearly said is not in every answer, so it is kept from the one that told it.
export function learn(pictures) {
  const next = new Map(known.peek());
  for (const one of pictures) {
    const { alternatives } = known.peek().get(one.id) ?? one;
    next.set(one.id, alternatives ? { alternatives, ...one } : one);
  }
  known.value = next;
}
