// The one place that talks HTTP to the device. Every failure is a Problem: a sentence for people.
import { capital } from "./text.mjs";

export class Problem extends Error {
  constructor(status, { detail, title, column, picture } = {}) {
    super(capital(detail || title || `the device answered with an error (${status})`));
    this.status = status; // of HTTP; 0 = the device did not answer
    this.isFinal = status >= 400 && status < 500; // the same request would fail again
    this.column = column ?? null; // from 1, where a search query goes wrong
    this.picture = picture ?? null; // as it is now, where it was changed meanwhile
  }
}

const PLACE = /^\/(?:.*\/)?((?:pictures|thumbnails)\/[^/]+)$/;

export const UNREACHABLE = "The device does not answer. Is it switched on, and on this network?";

// Once somebody is in, "log in first" means that their session has ended (session.mjs).
let inside = false;
let out = () => location.reload();
export const enter = () => { inside = true; };
export const whenOut = (act) => { out = act; };
function checkStillIn(status) {
  if (status !== 401 || !inside) return;
  inside = false;
  out();
}

// Parameters that are null or empty are left out.
export async function get(path, parameters = {}, signal = undefined) {
  const given = Object.entries(parameters).filter(([, value]) => value != null && value !== "");
  const search = given.length ? `?${new URLSearchParams(given)}` : "";
  return json(await reach(`${path}${search}`, { signal }));
}

// Has the device do something: `body` is sent as JSON.
export async function command(method, path, body = undefined, headers = {}) {
  return json(await reach(path, {
    method,
    headers: { "Content-Type": "application/json", ...headers },
    body: body && JSON.stringify(body),
  }));
}

// A file of text as it is: {text, tag}; `putText` puts another in its place, if it is still that.
export async function text(path) {
  const answer = await reach(path, {});
  if (!answer.ok) return json(answer);
  return { text: await answer.text(), tag: answer.headers.get("ETag") };
}
export const putText = async (path, body, tag) =>
  json(await reach(path, { method: "PUT", headers: { "If-Match": tag }, body }));

// A picture that changes: {tag, blob}, or null if `tag` names the one that is there.
export async function image(path, tag) {
  const answer = await reach(path, { headers: tag ? { "If-None-Match": tag } : {} });
  if (answer.status === 304) return null;
  if (!answer.ok) return json(answer);
  return { tag: answer.headers.get("ETag"), blob: await answer.blob() };
}

async function reach(path, options) {
  try {
    return await fetch(`api/v1/${path}`, options);
  } catch (error) {
    throw error.name === "AbortError" ? error : new Problem(0, { detail: UNREACHABLE });
  }
}

async function json(answer) {
  checkStillIn(answer.status);
  const body = parsed(await answer.text().catch(() => ""));
  if (!answer.ok) throw new Problem(answer.status, body);
  return body;
}

// Sends one file. `progress` is called with 0..1 while it is on its way; 1 = the device has it.
// Resolves with {status, picture}, or with {status: 503, retryAfter (seconds), reason}; rejects
// with a Problem.
export function send(file, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch cannot tell how far an upload is
    const form = new FormData();
    form.append("file", file, file.name);
    request.upload.onprogress = (event) => event.total && progress(event.loaded / event.total);
    request.upload.onload = () => progress(1);
    request.onerror = () => reject(new Problem(0, { detail: "The connection broke. Try again." }));
    request.onload = () => {
      const { status } = request;
      checkStillIn(status);
      const body = parsed(request.responseText);
      if (status === 200 || status === 201) resolve({ status, picture: body });
      else if (status !== 503) reject(new Problem(status, body));
      else {
        const { message: reason } = new Problem(status, body);
        resolve({ status, retryAfter: seconds(request), reason });
      }
    };
    request.open("POST", "api/v1/pictures");
    request.send(form);
  });
}

const seconds = (request) => Number(request.getResponseHeader("Retry-After")) || 2;

// Where a picture is, seen from the page, which may be shown below any path: "pictures/ID".
const beside = (key, value) => (
  key.endsWith("url") && typeof value === "string" ? value.replace(PLACE, "$1") : value);

function parsed(text) {
  try {
    return JSON.parse(text, beside);
  } catch {
    return {};
  }
}
