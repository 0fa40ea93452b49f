// Which page is shown: all state is in the address, so that Back, Reload and a link restore it.

import { batch, signal } from "./html.mjs";
import { base, start } from "./start.mjs";

const pages = start.pages.map(([name, address, icon, under]) => ({
  name, address, icon, under: under || name,
  pattern: new RegExp(`^${base}${address.replace(/<(\w+)>/g, "(?<$1>[^/]+)")}$`),
}));

export const rail = pages.filter((page) => page.icon);

// The page, its arguments and the query of the address that is shown.
export const route = signal(read());

// Whether somebody may go: a form with changes asks first.
const guards = new Set();

function read() {
  const path = location.pathname.replace(/(.)\/$/, "$1");
  for (const page of pages) {
    const found = page.pattern.exec(path);
    if (found) {
      const params = Object.fromEntries(Object.entries(found.groups ?? {}).map(([name, text]) => [name, decodeURIComponent(text)]));
      return { page, params, query: Object.fromEntries(new URLSearchParams(location.search)) };
    }
  }
  return { page: null, params: {}, query: {} };
}

// The address of a page: `to("documents", { dataset: id }, { run: "FAIL" })`.
export function to(name, params = {}, query = {}) {
  const page = pages.find((one) => one.name === name);
  const path = page.address.replace(/<(\w+)>/g, (_, key) => encodeURIComponent(params[key]));
  return `${base}${path}${searched(query)}`;
}

export const exists = (name) => pages.some((one) => one.name === name);

function searched(query) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined && value !== null);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

export async function go(address, { replace = false } = {}) {
  for (const guard of guards) if (!(await guard())) return;
  history[replace ? "replaceState" : "pushState"](null, "", address);
  arrive();
}

// Change parts of the query: an empty text takes one out. What is typed replaces the address.
export function ask(changes, { replace = false } = {}) {
  const query = { ...route.value.query, ...changes };
  history[replace ? "replaceState" : "pushState"](null, "", location.pathname + searched(query));
  arrive();
}

export function guardLeaving(guard) {
  guards.add(guard);
  return () => guards.delete(guard);
}

function arrive() {
  const before = route.value;
  batch(() => { route.value = read(); });
  if (before.page !== route.value.page) document.querySelector("main")?.scrollTo?.(0, 0);
}

export function listen() {
  addEventListener("popstate", arrive);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
    if (link.origin !== location.origin || !pages.some((page) => page.pattern.test(link.pathname))) return;
    event.preventDefault();
    go(link.href);
  });
}
