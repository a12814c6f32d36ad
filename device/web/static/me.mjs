// Who is looking, and what they may.
import { signal } from "@preact/signals";
import { command, enter, get } from "./api.mjs";

export const ROLES = ["viewer", "reviewer", "administrator"];

// {name, role, sources (null: all), kind: "person", "token" or "machine"}, null before the login
export const me = signal(null);

export const may = (role) => ROLES.indexOf(me.value?.role) >= ROLES.indexOf(role);

// Rejects with a Problem; its status 401 says that nobody is logged in.
export const meet = async () => welcome(await get("me"));
export const logIn = async (name, password) =>
  welcome(await command("POST", "login", { name, password }));
export const accept = async (secret, name, password) =>
  welcome(await command("POST", `invitations/${secret}`, { name, password }));

export async function logOut(everywhere) {
  await command("POST", `logout?everywhere=${everywhere}`);
  location.assign(location.pathname); // nothing that was looked at stays in the address
}

function welcome(who) {
  enter();
  me.value = who;
}
