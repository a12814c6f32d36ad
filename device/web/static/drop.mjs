// Files from outside the page: dropped anywhere (folders too), or pasted.
import { signal } from "@preact/signals";
import { may } from "./me.mjs";
import { add } from "./uploads.mjs";

export const dragging = signal(false); // files are held over the page

const carriesFiles = (event) =>
  may("reviewer") && event.dataTransfer?.types.includes("Files");

async function files(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const found = [];
  for (;;) { // a reader hands out a folder in parts, and ends with an empty one
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!part.length) return found;
    for (const child of part) found.push(...await files(child));
  }
}

export function catchFiles() {
  let depth = 0; // each element under the pointer says enter and leave
  addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    depth += 1;
    dragging.value = true;
  });
  addEventListener("dragleave", (event) => {
    if (!carriesFiles(event)) return;
    depth -= 1;
    dragging.value = depth > 0;
  });
  addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    depth = 0;
    dragging.value = false;
    if (!carriesFiles(event)) return;
    event.preventDefault();
    for (const item of event.dataTransfer.items) {
      const entry = item.webkitGetAsEntry?.();
      if (entry?.isDirectory) files(entry).then(add);
      else if (item.kind === "file") add([item.getAsFile()]);
    }
  });
  addEventListener("paste", (event) => may("reviewer") && add(event.clipboardData.files));
}
