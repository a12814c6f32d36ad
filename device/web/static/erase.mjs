// Pictures that are deleted for good: off the page at once, one after another on the device.
import { command } from "./api.mjs";
import { say } from "./ambient.mjs";
import { drop, reload } from "./gallery.mjs";
import { refuse, save } from "./saving.mjs";
import { plural } from "./text.mjs";

export function erase(pictures) {
  const ids = pictures.map(({ id }) => id);
  const left = [...ids];
  const text = `delete ${plural(ids.length, "picture")}`;
  drop(ids);
  save({
    ids,
    send: async () => {
      while (left.length) {
        await command("DELETE", `pictures/${encodeURIComponent(left[0])}`).catch((problem) => {
          if (problem.status !== 404) throw problem; // gone is gone
        });
        left.shift();
      }
    },
    done: () => say(`Deleted ${plural(ids.length, "picture")}`),
    failed: (problem) => {
      refuse(text, `${problem.message} ${plural(left.length, "picture")} stay.`, null);
      reload();
    },
  });
}
