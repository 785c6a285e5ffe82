// Asking the page's own server. Every address is below the page's base; every change carries the header that no other
// site's page can set.
const { base, csrf } = document.documentElement.dataset;

/** What the server refused, in its own words. */
export class Refused extends Error {
  constructor(status, message, hint) {
    super(message);
    this.status = status;
    this.hint = hint;
  }
}

async function answered(response) {
  if (response.ok) return response;
  let told = {};
  try {
    told = await response.json();
  } catch {
    // An answer without words.
  }
  const gone = response.status === 401 ? "This page is closed. Start it again with: recorder review" : null;
  throw new Refused(response.status, gone ?? told.error ?? `The server said ${response.status}`, told.hint);
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(base + path, { credentials: "same-origin", cache: "no-store", ...options });
  } catch (failure) {
    if (failure.name === "AbortError") throw failure;
    throw new Refused(0, "The review has ended. Start it again with: recorder review");
  }
  return answered(response);
}

/** JSON for a path below the base, such as `api/sessions`. Throws Refused, or AbortError when `signal` says so. */
export async function get(path, { signal } = {}) {
  return (await ask(path, { signal })).json();
}

/** JSON for what was sent as JSON. */
export async function post(path, body = {}, { signal } = {}) {
  const headers = { "content-type": "application/json", "x-recorder-page": csrf };
  return (await ask(path, { method: "POST", headers, body: JSON.stringify(body), signal })).json();
}

/** A picture as a Blob. */
export async function picture(path, { signal } = {}) {
  return (await ask(path, { signal })).blob();
}

/** The address of a page below the base. */
export function address(path) {
  return base + path;
}
