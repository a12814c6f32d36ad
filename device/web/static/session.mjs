// What becomes of the page when the session ends while somebody is here. With nothing to lose it
// begins anew, at the address where it is, with the login; else the login comes to where one is.
import { signal } from "@preact/signals";
import { enter, whenOut } from "./api.mjs";
import { retryNow, unsaved } from "./saving.mjs";

export const ended = signal(false); // the login is shown over what is not saved

const worth = [() => unsaved.peek().length > 0];
// `isThere()`: whether there is something that a new beginning would lose.
export const keep = (isThere) => worth.push(isThere);

whenOut(() => {
  if (worth.some((isThere) => isThere())) ended.value = true;
  else location.reload();
});

export function back() {
  ended.value = false;
  retryNow();
}

// Not now: asked again when the device refuses the next time.
export function later() {
  ended.value = false;
  enter();
}
