// What the settings ask of the device beside what api.mjs knows.
import { Problem, UNREACHABLE } from "./api.mjs";

// Replaces the config, if it still is the one that was changed.
export async function replace(body, etag) {
  const answer = await fetch("api/v1/config", {
    method: "PUT",
    headers: { "Content-Type": "application/json", "If-Match": etag },
    body: JSON.stringify(body),
  }).catch(() => { throw new Problem(0, { detail: UNREACHABLE }); });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem(answer.status, said);
  return said;
}
