// Raglan's REST API. Every failure becomes a `Failure`, which says what to do about it.

import { base, start, user } from "./start.mjs";
import { hasText, t } from "./words.mjs";

// That of a shared page has the token of the share; before both may stand the path of a proxy.
const root = start.api;

export class Failure extends Error {
  // `status` is 0 where no answer came.
  constructor(status, code, sentence, request = "") {
    super(sentence);
    Object.assign(this, { status, code, sentence, request });
  }

  // What to do: by status, or by what kind of status it is.
  get advice() {
    if (hasText(`core.advice_${this.status}`)) return t(`core.advice_${this.status}`);
    return this.status >= 500 ? t("core.advice_server") : t("core.advice_request");
  }
}

// Asks, and returns the whole envelope. `query` and `body` leave out what is undefined.
export async function call(method, path, { query, body, form, signal } = {}) {
  const answer = await sent(method, address(path, query), body, form, signal);
  const envelope = await answer.json().catch(() => null);
  if (answer.ok && envelope?.code === 0) return envelope;
  if (answer.status === 401 && user) leave();
  throw new Failure(answer.ok ? 500 : answer.status, envelope?.code ?? 0,
    envelope?.message || t("core.no_envelope", { status: answer.status }),
    answer.headers.get("X-Request-Id") ?? "");
}

async function sent(method, url, body, form, signal) {
  const headers = method === "GET" ? {} : { "X-Raglan-Console": "1" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    return await fetch(url, { method, headers, signal, body: form ?? (body === undefined ? undefined : JSON.stringify(body)) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure(0, 0, t("core.unreachable"));
  }
}

export function address(path, query = {}) {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().filter((one) => one !== undefined && one !== "").map((one) => [name, one]));
  return `${root}${path}${pairs.length ? `?${new URLSearchParams(pairs)}` : ""}`;
}

function leave() {
  const here = location.pathname + location.search;
  location.assign(`${base}/signin?${new URLSearchParams({ next: here })}`);
}

const data = (made) => made.then((envelope) => envelope.data);

export const get = (path, query, signal) => data(call("GET", path, { query, signal }));
export const post = (path, body = {}) => data(call("POST", path, { body }));
export const put = (path, body) => data(call("PUT", path, { body }));
export const patch = (path, body) => data(call("PATCH", path, { body }));
export const remove = (path, body) => data(call("DELETE", path, { body }));
