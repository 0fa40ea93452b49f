// A document: its pages beside its chunks, which are edited, cut and joined here.

import { Action, Empty, Head, Menu, Skeleton, Trouble } from "../core/widgets.mjs";
import { ChunkForm, ParseForm, SplitForm } from "../parts/chunk_forms.mjs";
import { NameForm, Pairs } from "../parts/document_forms.mjs";
import { Reader } from "../parts/reader.mjs";
import { State, reasonOf, remedyOf } from "../parts/document_states.mjs";
import { ask, go, to } from "../core/router.mjs";
import { complain, toast } from "../core/toasts.mjs";
import { address, get, post, put, remove } from "../core/api.mjs";
import { html, useEffect, useRef, useState } from "../core/html.mjs";
import { useCommands, useKeys } from "../core/keys.mjs";
import { useLoaded, usePolling } from "../core/loading.mjs";
import { Icon } from "../core/icons.mjs";
import { Timeline } from "../parts/timeline.mjs";
import { confirmed } from "../core/dialogs.mjs";
import { t } from "../core/words.mjs";
import { useTitle } from "../core/title.mjs";

const tabs = ["chunks", "text", "timeline", "metadata"];
const size = 25;

export function Page({ params, query }) {
  const path = `/datasets/${params.dataset}/documents/${params.document}`;
  const view = useView(path, query);
  const [form, setForm] = useState(null);
  const tab = tabs.includes(query.tab) ? query.tab : "chunks";
  const { data } = view;
  const document = data?.document;
  useTitle(document?.name);
  // Readers have no acts but to look again.
  const mayChange = data?.level !== "read";
  const acts = mayChange ? actionsOf(path, view, setForm) : { reload: view.reload };
  const desk = useDesk(view, query, acts);
  usePolling(document?.run === "RUNNING", view.follow);
  useCommands(mayChange ? [{ label: t("document.parse"), icon: "play", run: () => setForm({ kind: "parse" }) }, { label: t("document.add"), icon: "plus", run: acts.add }] : [], [path, mayChange]);
  const trail = [[t("datasets.title"), to("datasets")], [data?.dataset_name ?? "…", to("documents", params)]];
  if (!data) return html`<${Head} title=${t("document.title")} trail=${trail} />${view.failure ? html`<${Trouble} failure=${view.failure} onRetry=${view.reload} />` : html`<${Skeleton} />`}`;
  return html`
    <${Head} title=${document.name} trail=${trail}>
      <${State} document=${document} />
      <a class="button" href=${address(`/documents/${params.document}/preview`)} target="_blank" rel="noopener"><${Icon} name="file" size="16" />${t("document.open")}</a>
      ${mayChange && html`<button type="button" class="button" disabled=${document.run === "RUNNING"} onClick=${() => setForm({ kind: "parse" })}><${Icon} name="play" size="16" />${t("document.parse")}</button>`}
      <${Menu} label=${t("document.more")} items=${moreOf(path, params, document, view, mayChange && setForm)} />
    <//>
    <nav class="tabs" aria-label=${t("document.tabs")}>${tabs.map((name) => html`<a key=${name} href=${to("document", params, { ...query, tab: name === "chunks" ? "" : name })} aria-current=${name === tab ? "page" : undefined}>${t(`document.tab_${name}`)}</a>`)}</nav>
    ${view.failure && html`<${Trouble} failure=${view.failure} onRetry=${view.reload} />`}
    ${document.run === "FAIL" && html`<div class="notice bad"><${Icon} name="warning" /><div><p><b>${reasonOf(document.progress_msg)}</b></p><p>${remedyOf(reasonOf(document.progress_msg))}</p></div></div>`}
    ${tab === "chunks" && html`<${Edits} edits=${data.edits} />`}
    ${tab === "timeline" ? html`<${Timeline} path=${path} stamp=${document.run} />`
    : tab === "metadata" ? html`<section class="card padded narrow">${mayChange ? html`<${Pairs} path=${path.replace(/\/[^/]+$/, "")} document=${document} />` : html`<${Facts} of=${document.meta_fields} />`}</section>`
    : !document.chunk_count && !data.pages ? html`<${Nothing} document=${document} name=${data.dataset_name} onParse=${mayChange && (() => setForm({ kind: "parse" }))} />`
    : html`<${Reader} key=${tab} path=${path} view=${data} query=${query} desk=${desk} acts=${acts} isText=${tab === "text"} isLoading=${view.loading} />`}
    ${form?.kind === "chunk" && html`<${ChunkForm} path=${path} id=${form.id} onClose=${() => setForm(null)} onDone=${acts.done} />`}
    ${form?.kind === "split" && html`<${SplitForm} path=${path} id=${form.id} onClose=${() => setForm(null)} onDone=${acts.done} />`}
    ${form?.kind === "parse" && html`<${ParseForm} path=${path} document=${document} edits=${data.edits} onClose=${() => setForm(null)} onDone=${view.reload} />`}
    ${form?.kind === "name" && html`<${NameForm} path=${path.replace(/\/[^/]+$/, "")} document=${document} onClose=${() => setForm(null)} onDone=${view.reload} />`}
  `;
}

// What is seen of the document. An address that says the same in other words reads nothing.
function useView(path, query) {
  const kept = useRef(null);
  const anew = useRef(false);
  const asked = { on_page: query.page, part: query.part, keywords: query.q, source: query.source };
  const isPlain = asked.on_page === undefined && asked.part === undefined;
  const key = JSON.stringify([path, asked, isPlain ? query.chunk : ""]);
  const view = useLoaded(async (signal) => {
    const { key: known, data } = kept.current ?? {};
    const isSame = data && known === JSON.stringify([path, query.q, query.source]) && String(data.on_page) === asked.on_page && String(data.part) === (asked.part ?? "1");
    if (isSame && !anew.current) return data;
    anew.current = false;
    const found = await get(`${path}/view`, { ...asked, chunk_id: isPlain ? query.chunk : undefined, page_size: size }, signal);
    kept.current = { key: JSON.stringify([path, query.q, query.source]), data: found };
    return found;
  }, [key]);
  const reload = () => { anew.current = true; return view.reload(); };
  const follow = async () => {
    try {
      const { docs: [now] } = await get(path.replace(/\/[^/]+$/, ""), { id: view.data.document.id, fields: "run,progress,progress_msg" });
      if (now.run !== "RUNNING") await reload();
      else view.set({ ...view.data, document: { ...view.data.document, ...now } });
    } catch {
      // The next second asks again; what a person does says what is wrong.
    }
  };
  return { ...view, reload, follow };
}

// Which chunk is chosen, and how to get to another one, over the ends of pages and parts.
function useDesk(view, query, acts) {
  const { data } = view;
  const pending = useRef("");
  const [hovered, hover] = useState(null);
  const chunks = data?.chunks ?? [];
  const place = chunks.findIndex((one) => one.id === query.chunk);
  const chosen = chunks[place] ?? null;
  const choose = (id, more = {}) => ask({ page: String(data.on_page), part: data.part > 1 ? String(data.part) : "", chunk: id, sheet: "", ...more }, { replace: true });
  useEffect(() => {
    if (!pending.current || !chunks.length) return;
    const id = chunks.at(pending.current === "first" ? 0 : -1).id;
    pending.current = "";
    choose(id);
  }, [data]);
  const turn = (by) => {
    const parts = Math.ceil(data.total / size) || 1;
    const last = data.pages?.total ?? 0;
    const part = data.part + by;
    const page = data.on_page + by;
    pending.current = by > 0 ? "first" : "last";
    if (part >= 1 && part <= parts) ask({ page: String(data.on_page), part: String(part), chunk: "" }, { replace: true });
    else if (data.on_page && page >= 1 && page <= last) ask({ page: String(page), part: "", chunk: "" }, { replace: true });
    else pending.current = "";
  };
  const step = (by) => {
    if (!data || view.loading) return;
    const next = place < 0 ? chunks[by > 0 ? 0 : chunks.length - 1] : chunks[place + by];
    if (next) choose(next.id);
    else turn(by);
  };
  const withChosen = (run) => () => { if (chosen) run(chosen); };
  const letters = query.tab || !acts.edit ? [] : [
    { key: "e", label: t("document.edit"), run: withChosen(acts.edit) }, { key: "s", label: t("document.split"), run: withChosen(acts.split) },
    { key: "m", label: t("document.merge"), run: withChosen((one) => acts.merge(one).catch(complain)) }, { key: "x", label: t("document.switch"), run: withChosen((one) => acts.turn(one).catch(complain)) },
    { key: "a", label: t("document.add"), run: acts.add },
  ];
  useKeys([
    { key: "j", label: t("document.next"), run: () => step(1) }, { key: "k", label: t("document.previous"), run: () => step(-1) },
    ...letters,
  ], [data, query.chunk, query.tab, view.loading]);
  return { chosen, hovered, hover, choose, turn, step };
}

function actionsOf(path, view, setForm) {
  const done = async (id, more = {}) => { await view.reload(); ask({ chunk: id, ...more }, { replace: true }); };
  return {
    reload: view.reload,
    done: (id) => (view.data.chunks.some((one) => one.id === id) ? done(id) : ask({ page: "", part: "", chunk: id, q: "", source: "" })),
    add: () => setForm({ kind: "chunk", id: "" }),
    edit: (chunk) => setForm({ kind: "chunk", id: chunk.id }),
    split: (chunk) => setForm({ kind: "split", id: chunk.id }),
    turn: async (chunk) => {
      await put(`${path}/chunks/${chunk.id}`, { available: chunk.available ? 0 : 1 });
      await view.reload();
    },
    merge: async (chunk) => {
      const { chunks: [next] } = await get(`${path}/chunks`, { after: chunk.id, page_size: 1, fields: "id" });
      if (!next) { toast(t("document.no_next")); return; }
      await post(`${path}/chunks/merge`, { chunk_ids: [chunk.id, next.id] });
      await done(chunk.id);
    },
    erase: async (chunk) => {
      if (!(await confirmed({ title: t("document.delete_title"), text: t("document.delete_text"), action: t("document.delete") }))) return;
      await remove(`${path}/chunks`, { chunk_ids: [chunk.id] });
      await done("");
    },
  };
}

function moreOf(path, params, document, view, setForm) {
  const isOff = document.status === "0";
  return [
    setForm && { icon: "edit", label: t("document.rename"), run: () => setForm({ kind: "name" }) },
    setForm && { icon: isOff ? "check" : "close", label: t(isOff ? "document.enable" : "document.disable"), run: () => put(path, { enabled: isOff ? 1 : 0 }).then(view.reload, complain) },
    { icon: "search", label: t("document.test"), run: () => go(to("retrieval", params)) },
  ];
}

const Facts = ({ of }) => html`<dl class="facts">${Object.entries(of).map(([name, value]) => html`<dt>${name}</dt><dd>${String(value)}</dd>`)}</dl>`;

// What people have made of the chunks, and what parsing again does to it.
function Edits({ edits }) {
  if (!edits.kept && !edits.switched_off) return null;
  const told = [["edited", edits.edited], ["added", edits.added], ["off", edits.switched_off]].filter(([, count]) => count);
  return html`<div class="notice"><${Icon} name="edit" /><div class="grow">
    <p><b>${told.map(([name, count]) => t(`document.are_${name}`, { count })).join(" · ")}</b></p>
    <p class="quiet">${t(edits.lost_by_discarding ? "document.kept_or_lost" : "document.kept", { count: edits.lost_by_discarding })}</p></div>
    ${edits.edited > 0 && html`<button type="button" class="link" onClick=${() => ask({ source: "edited", page: "", part: "", chunk: "", q: "" })}>${t("document.show_edited")}</button>`}
    ${edits.added > 0 && html`<button type="button" class="link" onClick=${() => ask({ source: "added", page: "", part: "", chunk: "", q: "" })}>${t("document.show_added")}</button>`}
  </div>`;
}

function Nothing({ document, name, onParse }) {
  const isRunning = document.run === "RUNNING";
  return html`<${Empty} icon="file" title=${t(isRunning ? "document.is_parsed" : "document.none_title")} text=${t(isRunning ? "document.is_parsed_text" : "document.none_text")}
      command=${isRunning || !onParse ? "" : `raglan documents parse "${document.name}" --dataset "${name}"`}>
    ${!isRunning && onParse && html`<${Action} kind="primary" icon="play" run=${onParse}>${t("document.parse")}<//>`}<//>`;
}
