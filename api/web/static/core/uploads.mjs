// The queue of uploads: it goes on whatever page is shown, four files at a time.

import { Icon } from "./icons.mjs";
import { address, call } from "./api.mjs";
import { complain } from "./toasts.mjs";
import { confirmed } from "./dialogs.mjs";
import { html, signal, useState } from "./html.mjs";
import { size } from "./format.mjs";
import { t } from "./words.mjs";

const atOnce = 4;
const tries = 5;
const most = 10000;
const hashedAtOnce = 50;
const mostHashed = 1 << 26; // bytes: a larger file is read into memory as a whole, so that it is sent at once

const items = [];
const parse = new Map();
let drawn = 0;
let next = 0;

// Changes whenever a file has got further, ten times a second at most.
const stamp = signal(0);
// How many files have arrived: pages that list documents look again.
export const arrived = signal(0);

function changed() {
  drawn ||= setTimeout(() => { drawn = 0; stamp.value += 1; }, 100);
}

// Adds files to the queue of a dataset (`{ id }`), where with `parsed` they are parsed as they come, or of
// a folder (`{ id, isFolder: true }`).
export function upload(place, files, parsed = true) {
  const left = most - items.filter((item) => item.state === "waiting").length;
  if (files.length > left) complain(new Error(t("uploads.too_many", { count: most })));
  const added = files.slice(0, left).map((file) => ({ id: ++next, file, place, parsed, state: "looked_for", part: 0, reason: "", request: null }));
  items.push(...added);
  changed();
  resume(added);
}

// What broke off goes on: a file that is there, by the hash of its content and its name, is not sent again.
async function resume(added) {
  for (let from = 0; from < added.length; from += hashedAtOnce) {
    const some = added.slice(from, from + hashedAtOnce);
    const found = await known(some).catch(() => new Map());
    for (const item of some) {
      if (item.state !== "looked_for") continue;
      const there = found.get(item);
      item.state = there ? "known" : "waiting";
      if (there && there.run === "UNSTART") parseSoon(item, [there]);
    }
    end();
    work();
  }
}

// Asks which of some files their dataset has. A folder is not asked; without a secure connection a browser makes no hashes.
async function known(some) {
  const found = new Map();
  if (!crypto.subtle || some[0].place.isFolder) return found;
  const hashes = new Map();
  for (const item of some.filter((one) => one.file.size <= mostHashed)) {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await item.file.arrayBuffer()));
    hashes.set(item, Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join(""));
  }
  const { data } = await call("POST", `/datasets/${some[0].place.id}/documents/known`, { body: { content_hashes: [...new Set(hashes.values())] } });
  for (const [item, hash] of hashes) {
    const there = data.documents.find((one) => one.content_hash === hash && one.name === item.file.name);
    if (there) found.set(item, there);
  }
  return found;
}

function work() {
  const sending = items.filter((item) => item.state === "sending").length;
  for (const item of items.filter((one) => one.state === "waiting").slice(0, atOnce - sending)) send(item);
}

async function send(item) {
  item.state = "sending";
  item.part = 0;
  for (let attempt = 1; item.state === "sending"; attempt += 1) {
    const answer = await sent(item);
    if (item.state !== "sending") break;
    if (answer.envelope?.code === 0 && answer.status < 400) arrive(item, answer.envelope.data);
    else if (attempt < tries && [0, 429, 503].includes(answer.status)) await new Promise((go) => setTimeout(go, 1000 * (answer.pause || attempt)));
    else Object.assign(item, { state: "failed", reason: answer.envelope?.message || t("core.unreachable") });
  }
  end();
  work();
}

function end() {
  if (!items.some((one) => isOpen(one) || one.state === "failed")) setTimeout(clearIfOver, 6000);
  changed();
}

function clearIfOver() {
  if (items.every((one) => ["done", "known", "stopped"].includes(one.state))) clear();
}

// `fetch` does not say how much has been sent.
function sent(item) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    item.request = request;
    const form = new FormData();
    form.append("file", item.file, item.file.name);
    const { id, isFolder } = item.place;
    if (isFolder) form.append("parent_id", id);
    if (isFolder) form.append("path", item.file.way || item.file.webkitRelativePath);
    request.open("POST", address(isFolder ? "/files" : `/datasets/${id}/documents`));
    request.setRequestHeader("X-Raglan-Console", "1");
    request.upload.onprogress = (event) => { item.part = event.loaded / event.total; changed(); };
    request.onloadend = () => resolve({ status: request.status, envelope: read(request.responseText), pause: Number(request.getResponseHeader("Retry-After")) });
    request.send(form);
  });
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function arrive(item, documents) {
  Object.assign(item, { state: "done", part: 1, request: null });
  arrived.value += 1;
  parseSoon(item, documents);
}

function parseSoon(item, documents) {
  if (!item.parsed) return;
  const waiting = parse.get(item.place.id) ?? [];
  if (!waiting.length) setTimeout(begin, 500, item.place.id);
  parse.set(item.place.id, [...waiting, ...documents.map((one) => one.id)]);
}

async function begin(dataset) {
  const ids = parse.get(dataset);
  parse.delete(dataset);
  try {
    await call("POST", `/datasets/${dataset}/chunks`, { body: { document_ids: ids } });
    arrived.value += 1;
  } catch (failure) {
    complain(failure);
  }
}

function stop(item) {
  const was = item.state;
  item.state = "stopped";
  if (was === "sending") item.request?.abort();
}

const isOpen = (item) => ["looked_for", "waiting", "sending"].includes(item.state);

// Whether files of a dataset are still on their way.
export const isSending = (dataset) => items.some((item) => isOpen(item) && item.place.id === dataset);

async function stopAll() {
  const ok = await confirmed({ title: t("uploads.stop_title"), text: t("uploads.stop_text"), action: t("uploads.stop") });
  if (!ok) return;
  items.filter(isOpen).forEach(stop);
  changed();
}

function retryFailed() {
  for (const item of items) if (item.state === "failed") Object.assign(item, { state: "waiting", reason: "" });
  changed();
  work();
}

function clear() {
  items.length = 0;
  changed();
}

addEventListener("beforeunload", (event) => { if (items.some(isOpen)) event.preventDefault(); });

// The files of a drop, those within folders too: with their `way`, which begins at what was dropped. One
// more than may wait tells that there are more.
export async function filesOf(transfer) {
  const entries = [...transfer.items].filter((item) => item.kind === "file").map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const found = [];
  for (const entry of entries) await gather(entry, found);
  return found;
}

// Hidden files, and what systems and office programs leave about: rag/parsing/junk.py.
const leftAbout = /^(\.|~\$|__MACOSX$|thumbs\.db$|desktop\.ini$)/i;

async function gather(entry, found) {
  if (!entry || found.length > most) return;
  if (entry instanceof File) found.push(entry);
  else if (entry.isFile) found.push(Object.assign(await new Promise((ok, no) => { entry.file(ok, no); }), { way: entry.fullPath }));
  else {
    const reader = entry.createReader();
    for (;;) {
      const part = await new Promise((ok, no) => { reader.readEntries(ok, no); });
      if (!part.length) return;
      for (const one of part) if (!leftAbout.test(one.name)) await gather(one, found);
    }
  }
}

export function Uploads() {
  const [isShut, shut] = useState(false);
  if (stamp.value < 0 || !items.length) return null;
  const counts = { looked_for: 0, known: 0, waiting: 0, sending: 0, done: 0, failed: 0, stopped: 0 };
  for (const item of items) counts[item.state] += 1;
  const running = counts.looked_for + counts.waiting + counts.sending;
  const part = items.reduce((sum, item) => sum + (isOpen(item) ? item.part : 1), 0) / items.length;
  const rank = { sending: 0, failed: 1, waiting: 2, looked_for: 3, stopped: 4, known: 5, done: 6 };
  const shown = [...items].sort((one, other) => rank[one.state] - rank[other.state]).slice(0, 60);
  return html`<section class="uploads" aria-label=${t("uploads.title")}>
    <header class="row">
      <b class="grow" role="status">${running ? t("uploads.running", { done: counts.done + counts.known, total: items.length }) : [counts.done || !counts.known ? t("uploads.over", { count: counts.done }) : "", counts.known ? t("uploads.known", { count: counts.known }) : ""].join(" ")}</b>
      <button type="button" class="bare" aria-expanded=${!isShut} aria-label=${t("uploads.fold")} onClick=${() => shut(!isShut)}><${Icon} name=${isShut ? "left" : "down"} size="16" /></button>
      ${!running && html`<button type="button" class="bare" aria-label=${t("core.close")} onClick=${clear}><${Icon} name="close" size="16" /></button>`}
    </header>
    <progress max="1" value=${part} aria-label=${t("uploads.title")}></progress>
    ${!isShut && html`<ul tabindex="0">${shown.map((item) => html`<li key=${item.id} class=${item.state}>
      <span class="name" title=${item.file.name}>${item.file.name}</span>
      <small class="quiet">${item.state === "sending" ? `${Math.round(item.part * 100)} %` : ["looked_for", "waiting"].includes(item.state) ? size(item.file.size) : t(`uploads.state_${item.state}`)}</small>
      ${item.reason && html`<p class="small bad-text">${item.reason}</p>`}
    </li>`)}</ul>
    <footer class="row end">
      ${counts.failed > 0 && html`<button type="button" class="button small" onClick=${retryFailed}>${t("uploads.retry", { count: counts.failed })}</button>`}
      ${running > 0 && html`<button type="button" class="button small" onClick=${stopAll}>${t("uploads.stop")}</button>`}
    </footer>`}
  </section>`;
}
