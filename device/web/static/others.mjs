// What other people say of pictures, as it is told by the device.
import { signal } from "@preact/signals";
import { get } from "./api.mjs";
import { refresh } from "./gallery.mjs";
import { knownPicture, learn } from "./latest.mjs";
import { done } from "./reviews.mjs";
import { waits } from "./saving.mjs";

export const byOthers = signal(new Map()); // id of a picture: who reviewed it last

const isOwn = (id) => done.peek().some(({ reviews }) => reviews.some((one) => one.id === id));

// Only what somebody here works on is asked for; the first page of the grid is anyhow.
export async function heardReview({ picture, review }) {
  refresh();
  if (!picture || !knownPicture(picture.id) || waits(picture.id) || isOwn(review.id)) return;
  const now = await get(`pictures/${encodeURIComponent(picture.id)}`).catch(() => null);
  // Our own answer may have come meanwhile, and is no older.
  if (!now || waits(picture.id) || now.version <= knownPicture(picture.id).version) return;
  learn([now]);
  byOthers.value = new Map(byOthers.peek()).set(picture.id, review.by);
}
