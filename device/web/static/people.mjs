// Persons, tokens and what was done, for administrators.
import { signal } from "@preact/signals";
import { command, get } from "./api.mjs";

export const persons = signal(null); // null before the first answer
export const tokens = signal(null);
export const trouble = signal(null); // why there is none, or what was refused: a sentence

export const reload = () => guarded(async () => {
  const [people, keys] = await Promise.all([get("people"), get("tokens")]);
  persons.value = people.people;
  tokens.value = keys.tokens;
});

// Rejects with a Problem. Both answer with what is shown only once.
export async function invite(name, role, sources) {
  const answer = await command("POST", "people", { name, role, sources });
  await reload();
  return answer;
}
export async function makeToken(name, kind, role, sources, expires) {
  const answer = await command("POST", "tokens", { name, kind, role, sources, expires });
  await reload();
  return answer;
}

export const change = (id, what) => guarded(() => command("PATCH", `people/${id}`, what), true);
export const remove = (id) => guarded(() => command("DELETE", `people/${id}`), true);
export const revoke = (id) => guarded(() => command("DELETE", `tokens/${id}`), true);
export const inviteAgain = (id) => guarded(() => command("POST", `people/${id}/invitation`));

// The whole address of a link that the device names by its path.
export const whole = (link) => new URL(`.${link}`, location.href.split(/[?#]/)[0]).href;

// The answer of `work`, or null where it failed: then the reason is told.
async function guarded(work, afresh = false) {
  trouble.value = null;
  try {
    const answer = await work();
    if (afresh) await reload();
    return answer ?? null;
  } catch (problem) {
    trouble.value = problem.message;
    return null;
  }
}
