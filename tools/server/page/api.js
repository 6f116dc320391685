// The server's JSON API (GET api/v1/...), relative to the page, so that it also works behind a proxy's prefix.

/// The server answered, but not with what was asked for.
export class ApiError extends Error {
  constructor(status, what) {
    super(what);
    this.status = status;
  }
}

const timeoutMs = 2000;
const pageRows = 2000;
const pagesMax = 1000;
const triesMax = 3;

async function get(path, parameters = {}) {
  const query = new URLSearchParams(parameters).toString();
  const response = await fetch(`api/v1/${path}${query ? `?${query}` : ""}`, {
    cache: "no-store",
    signal: AbortSignal.timeout(timeoutMs),
  });
  const body = await response.json().catch(() => null);
  if (!response.ok || body === null) throw new ApiError(response.status, body?.error ?? response.statusText);
  return body;
}

export const getStatus = () => get("status");
export const getHistory = () => get("history");

/// The joins and leaves after this version; without one, the latest.
export const getChanges = (after) => get("changes", after === null ? {} : {after});

/// Everybody who is here, all of one moment: {roster_version, clients}.
export async function getRoster() {
  for (let tries = 1; ; ++tries) {
    try {
      return await getRosterPages();
    } catch (error) {
      // The server keeps a moment for some seconds only; a later one is as good.
      if (error.status !== 410 || tries === triesMax) throw error;
    }
  }
}

async function getRosterPages() {
  const first = await get("roster", {limit: pageRows});
  const clients = first.clients;
  let next = first.next;
  for (let pages = 1; next !== null && pages < pagesMax; ++pages) {
    const page = await get("roster", {after: next, limit: pageRows, version: first.roster_version});
    for (const client of page.clients) clients.push(client);
    next = page.next;
  }
  return {roster_version: first.roster_version, clients};
}
