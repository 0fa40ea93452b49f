// The documents of a dataset: drop files, watch them being read, and change many at once.

import { Action, Empty, Head, Menu, Skeleton, Trouble } from "../core/widgets.mjs";
import { Table, useRows } from "../core/list.mjs";
import { ago, briefly, count as written, moment, size } from "../core/format.mjs";
import { ask, go, to } from "../core/router.mjs";
import { upload } from "../core/uploads.mjs";
import { useArrived, useDrop } from "../parts/dropping.mjs";
import { complain, toast } from "../core/toasts.mjs";
import { address, get, post, put } from "../core/api.mjs";
import { html, useEffect, useRef, useState } from "../core/html.mjs";
import { useSelection } from "../core/selection.mjs";
import { useLoaded, usePolling, useSettled } from "../core/loading.mjs";
import { Icon } from "../core/icons.mjs";
import { MetadataForm, NameForm } from "../parts/document_forms.mjs";
import { Reasons } from "../parts/document_reasons.mjs";
import { State, kindOf, runs } from "../parts/document_states.mjs";
import { Dialog, confirmed } from "../core/dialogs.mjs";
import { t } from "../core/words.mjs";
import { useCommands, useKeys } from "../core/keys.mjs";
import { useTitle } from "../core/title.mjs";

const fields = "id,name,suffix,size,run,progress,chunk_count,status,create_time";
const rowsOf = (envelope) => ({ rows: envelope.data.docs, total: envelope.data.total });
const all = (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0);

export function Page({ params, query }) {
  const path = `/datasets/${params.dataset}/documents`;
  const q = useSettled(query.q ?? "");
  const asked = { keywords: q, run: query.run };
  const dataset = useLoaded((signal) => get(`/datasets/${params.dataset}`, {}, signal), [params.dataset]);
  const [counts, count] = useState(null);
  const list = useRows(path, { ...asked, fields, counts: true }, { rowsOf: (envelope) => { count(envelope.data.counts); return rowsOf(envelope); } });
  const chosen = useSelection(list.rows, list.total, [params.dataset, q, query.run]);
  const [form, setForm] = useState(null);
  const parsed = useRef(true);
  const find = useRef(null);
  const picker = useRef(null);
  useTitle(dataset.data?.name);
  useFresh(params.dataset, { q, run: query.run }, list, counts, count);
  const level = dataset.data?.level;
  const mayChange = level !== "read";
  const add = (files) => { if (files.length && mayChange) upload({ id: params.dataset, name: dataset.data?.name ?? params.dataset }, files, parsed.current); };
  const isOver = useDrop(add);
  const pick = () => picker.current?.click();
  useKeys([...(mayChange ? [{ key: "u", label: t("documents.upload"), run: pick }] : []), { key: "/", label: t("documents.find"), run: () => find.current?.focus() }], [mayChange]);
  useCommands(!mayChange ? [] : [{ label: t("documents.upload"), icon: "upload", run: pick }, ...(level === "write" ? [] : [{ label: t("documents.settings"), icon: "settings", run: () => go(to("dataset_settings", params)) }])], [params.dataset, level, mayChange]);

  if (dataset.failure) return html`<${Head} title=${t("documents.title")} /><${Trouble} failure=${dataset.failure} onRetry=${() => { dataset.reload(); list.reload(); }} />`;
  const many = actionsOf(path, params.dataset, chosen, asked, list);
  const nothing = !list.loading && !list.failure && !list.rows.length && !query.q && !query.run;
  return html`
    <${Head} title=${dataset.data?.name ?? t("documents.title")} trail=${[[t("datasets.title"), to("datasets")]]}>
      <a class="button" href=${to("retrieval", params)}><${Icon} name="search" size="16" />${t("documents.test")}</a>
      ${level !== "write" && mayChange && html`<a class="button" href=${to("dataset_settings", params)}><${Icon} name="settings" size="16" />${t("documents.settings")}</a>`}
      ${mayChange && html`<button type="button" class="button primary" onClick=${pick}><${Icon} name="upload" size="16" />${t("documents.upload")}</button>
      <${Menu} label=${t("documents.more_actions")} items=${[{ icon: "trash", label: t("documents.bin"), run: () => setForm({ kind: "bin" }) }]} />`}
      <input ref=${picker} type="file" multiple hidden aria-label=${t("documents.upload")} onChange=${(event) => { add([...event.target.files]); event.target.value = ""; }} />
    <//>
    ${!nothing && html`<div class="bar">
      <label class="find"><${Icon} name="search" size="16" /><input ref=${find} type="search" aria-label=${t("documents.find")} placeholder=${t("documents.find")} value=${query.q ?? ""} onInput=${(event) => ask({ q: event.target.value }, { replace: true })} /></label>
      <div class="chips" role="group" aria-label=${t("documents.states")}>
        <button type="button" class="chip" aria-pressed=${!query.run} onClick=${() => ask({ run: "" })}>${t("documents.all")} <span>${counts ? briefly(all(counts)) : ""}</span></button>
        ${runs.map((run) => html`<button type="button" key=${run} class="chip ${kindOf(run)}" aria-pressed=${query.run === run} onClick=${() => ask({ run: query.run === run ? "" : run })}>${t(`document_states.${run}`)} <span>${counts ? briefly(counts[run] ?? 0) : ""}</span></button>`)}
      </div>
      <span class="quiet grow end" role="status">${!list.loading && t("documents.found", { count: list.total })}</span>
      ${mayChange && html`<label class="choice small quiet"><input type="checkbox" defaultChecked onChange=${(event) => { parsed.current = event.target.checked; }} />${t("documents.parse_at_once")}</label>`}
    </div>`}
    ${list.failure && html`<${Trouble} failure=${list.failure} onRetry=${list.reload} />`}
    ${list.loading && !list.rows.length && html`<${Skeleton} />`}
    ${nothing && !mayChange && html`<p class="quiet center">${t("documents.empty_title")}</p>`}
    ${nothing && mayChange && html`<${Empty} icon="upload" title=${t("documents.empty_title")} text=${t("documents.empty_text")} command=${`raglan ingest ./documents --dataset ${dataset.data?.name ?? ""}`}>
      <button type="button" class="button primary" onClick=${pick}><${Icon} name="upload" size="16" />${t("documents.upload")}</button><//>`}
    ${!nothing && !list.loading && !list.rows.length && html`<p class="quiet center">${t("documents.none_found")} <button type="button" class="link" onClick=${() => ask({ q: "", run: "" })}>${t("documents.show_all")}</button></p>`}
    ${query.run === "FAIL" && list.rows.length > 0 && html`<${Reasons} path=${path} rows=${list.rows} />`}
    ${list.rows.length > 0 && html`<${Table} rows=${list.rows} total=${list.total} more=${list.more} selection=${mayChange ? chosen : undefined} label=${t("documents.title")}
      rowClass=${(row) => (row.status === "0" ? "off" : "")} columns=${columns(params, path, list, mayChange && setForm)} />`}
    ${chosen.count > 0 && html`<${Bulk} chosen=${chosen} total=${list.total} many=${many} />`}
    ${isOver && mayChange && html`<div class="drop"><${Icon} name="upload" size="40" />${t("documents.drop", { name: dataset.data?.name ?? "" })}</div>`}
    ${form?.kind === "name" && html`<${NameForm} path=${path} document=${form.row} onClose=${() => setForm(null)} onDone=${list.reload} />`}
    ${form?.kind === "bin" && html`<${Bin} dataset=${params.dataset} list=${list} onClose=${() => setForm(null)} />`}
    ${form?.kind === "metadata" && html`<${MetadataForm} path=${path} document=${form.row} onClose=${() => setForm(null)} />`}
  `;
}

function columns(params, path, list, setForm) {
  return [
    { name: "name", label: t("documents.name"), class: "main", cell: (row) => html`<a class="row-link" href=${to("document", { ...params, document: row.id })} title=${row.name}>${row.name}</a>` },
    { name: "state", label: t("documents.state"), class: "state", cell: (row) => html`<${State} document=${row} />` },
    { name: "chunks", label: t("documents.chunks"), class: "number", cell: (row) => written(row.chunk_count) },
    { name: "size", label: t("documents.size"), class: "number", cell: (row) => size(row.size) },
    { name: "added", label: t("documents.added"), class: "wide-only", cell: (row) => html`<span class="quiet" title=${moment(row.create_time)}>${ago(row.create_time)}</span>` },
    { name: "actions", label: "", class: "actions", cell: (row) => html`<${Menu} label=${t("documents.more", { name: row.name })} items=${rowActions(row, params, path, list, setForm)} />` },
  ];
}

// Who may not change the documents has no forms for it.
function rowActions(row, params, path, list, setForm) {
  const open = { icon: "eye", label: t("documents.open"), run: () => window.open(address(`/documents/${row.id}/preview`), "_blank", "noopener") };
  if (!setForm) return [open];
  const running = row.run === "RUNNING";
  const doing = (run) => () => run().then(list.reload, complain);
  const ids = { document_ids: [row.id] };
  return [
    running ? { icon: "stop", label: t("documents.stop"), run: doing(() => post(`${path}/stop`, ids)) }
      : { icon: "play", label: t(row.run === "UNSTART" ? "documents.parse" : "documents.parse_again"), run: doing(() => post(`${path}/parse`, ids)) },
    open,
    { icon: "edit", label: t("documents.rename"), run: () => setForm({ kind: "name", row }) },
    { icon: "tag", label: t("documents.metadata"), run: () => setForm({ kind: "metadata", row }) },
    { icon: row.status === "0" ? "check" : "close", label: t(row.status === "0" ? "documents.enable" : "documents.disable"), run: doing(() => put(`${path}/${row.id}`, { enabled: row.status === "0" ? 1 : 0 })) },
    { icon: "trash", label: t("documents.delete"), kind: "danger", run: () => post(`${path}/bulk`, { action: "delete", filter: { ids: [row.id] } }).then((made) => { list.reload(); tellDeleted(params.dataset, made, list); }, complain) },
  ];
}

// What is done with all that are chosen: by their ids, or by what all that match have in common.
function actionsOf(path, dataset, chosen, asked, list) {
  const filter = Object.fromEntries([["keywords", asked.keywords], ["run", asked.run && [asked.run]]].filter(([, value]) => value));
  const bulk = async (action) => {
    const made = await post(`${path}/bulk`, { action, ...chosen.asked(filter) });
    list.reload();
    return made;
  };
  const switching = (action, opposite) => async () => {
    const { count, switched } = await bulk(action);
    const back = () => post(`${path}/bulk`, { action: opposite, filter: { ids: switched } }).then(list.reload, complain);
    toast(t("documents.changed", { count }), switched ? { action: { label: t("documents.undo"), run: back } } : {});
  };
  const told = (name, action) => async () => toast(t(name, { count: (await bulk(action)).count }));
  return {
    parse: told("documents.parsing", "parse"),
    stop: told("documents.stopped", "stop"),
    enable: switching("enable", "disable"),
    disable: switching("disable", "enable"),
    erase: async () => {
      const isMuch = chosen.count > 100;
      if (isMuch && !(await confirmed({ title: t("documents.delete_title", { count: chosen.count }), text: t("documents.delete_text"), action: t("documents.delete"), word: String(chosen.count) }))) return;
      const made = await bulk("delete");
      chosen.clear();
      tellDeleted(dataset, made, list);
    },
  };
}

function tellDeleted(dataset, made, list) {
  toast(t("documents.deleted", { count: made.count }), { action: { label: t("documents.undo"), run: () => takeBack(dataset, made.undo, list).catch(complain) } });
}

async function takeBack(dataset, undo, list) {
  const { count: back } = await post(`/datasets/${dataset}/bin/restore`, { undo });
  toast(t("documents.taken_back", { count: back }));
  list.reload();
}

// What was deleted in the last minutes, and can be taken back.
function Bin({ dataset, list, onClose }) {
  const found = useLoaded((signal) => get(`/datasets/${dataset}/bin`, {}, signal), [dataset]);
  const back = (one) => async () => { await takeBack(dataset, one.undo, list); onClose(); };
  return html`<${Dialog} title=${t("documents.bin")} onClose=${onClose}>
    <p class="quiet">${t("documents.bin_text")}</p>
    ${found.failure && html`<${Trouble} failure=${found.failure} onRetry=${found.reload} />`}
    ${!found.data && !found.failure && html`<${Skeleton} rows=${2} />`}
    ${found.data?.deletions.length === 0 && html`<p>${t("documents.bin_empty")}</p>`}
    <ul class="stack tight">${found.data?.deletions.map((one) => html`<li key=${one.undo} class="row"><span class="grow">${t("documents.in_bin", { count: one.count, time: new Date(one.undo_until).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) })}</span>
      <${Action} kind="small" icon="retry" run=${back(one)}>${t("documents.take_back")}<//></li>`)}</ul>
  <//>`;
}

function Bulk({ chosen, total, many }) {
  return html`<section class="bulk" aria-label=${t("documents.chosen", { count: chosen.count })}>
    <b role="status">${t("documents.chosen", { count: chosen.count })}</b>
    ${!chosen.isEverything && total > chosen.count && html`<button type="button" class="link" onClick=${chosen.everything}>${t("documents.choose_all", { count: total })}</button>`}
    <${Action} kind="small" icon="play" run=${many.parse}>${t("documents.parse")}<//>
    <${Action} kind="small" icon="stop" run=${many.stop}>${t("documents.stop")}<//>
    <${Menu} kind="button small" label=${t("documents.more_actions")} text=${t("documents.more_actions")} items=${[
      { icon: "check", label: t("documents.enable"), run: () => many.enable().catch(complain) },
      { icon: "close", label: t("documents.disable"), run: () => many.disable().catch(complain) },
    ]} />
    <${Action} kind="small danger" icon="trash" run=${many.erase}>${t("documents.delete")}<//>
    <button type="button" class="bare" aria-label=${t("documents.choose_none")} onClick=${chosen.clear}><${Icon} name="close" size="16" /></button>
  </section>`;
}

// Follows the documents while something runs and somebody looks; reads the list when files have arrived.
function useFresh(dataset, { q, run }, list, counts, count) {
  const cursor = useRef("");
  const known = useRef(null);
  known.current = list;
  useEffect(() => { cursor.current = ""; }, [dataset, q, run]);
  const isRunning = Boolean(counts?.RUNNING);
  useEffect(() => { if (!isRunning) cursor.current = ""; }, [isRunning]);
  usePolling(isRunning && !list.failure, async () => {
    try {
      const found = await get(`/datasets/${dataset}/changes`, { since: cursor.current });
      const isFirst = !cursor.current || found.reset;
      cursor.current = found.cursor;
      if (isFirst) known.current.reload();
      else if (found.counts) follow(found, known.current, { q, run }, count);
    } catch {
      // The next second asks again; what a person does says what is wrong.
    }
  });
  useArrived(list.reload);
}

// Takes changes over into the rows. Where some were added, or a name is looked for, the list is read anew.
function follow(found, list, { q, run }, count) {
  const fresh = new Map(found.documents.map((row) => [row.id, row]));
  const gone = new Set(found.deleted);
  const rows = list.rows.filter((row) => !gone.has(row.id)).map((row) => (fresh.has(row.id) ? { ...row, ...fresh.get(row.id) } : row));
  const kept = run ? rows.filter((row) => row.run === run) : rows;
  list.change(kept);
  if (q && (run || !found.counts.RUNNING)) { list.reload(); return; }
  if (!q) count(found.counts);
  const total = run ? found.counts[run] ?? 0 : all(found.counts);
  if (!q && total > list.total - (list.rows.length - kept.length) && kept.length < 50) list.reload();
}
