// Who is looking, and what they may.
import { signal } from "@preact/signals";
import { get } from "./api.mjs";

const ROLES = ["viewer", "reviewer", "administrator"];

export const me = signal(null); // {name, role, sources}, null before the first answer

export const may = (role) => ROLES.indexOf(me.value?.role) >= ROLES.indexOf(role);

export async function meet() {
  me.value = await get("me").catch(() => null);
}
