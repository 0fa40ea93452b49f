// Files and folders: kept beside the datasets, granted to others, and made documents of.

import { Action, Empty, Head, Menu, Skeleton, Trouble } from "../core/widgets.mjs";
import { Linker, Mover, NameForm } from "../parts/file_forms.mjs";
import { Table, useRows } from "../core/list.mjs";
import { address, call, get, remove } from "../core/api.mjs";
import { ago, moment, size } from "../core/format.mjs";
import { ask, to } from "../core/router.mjs";
import { complain, toast } from "../core/toasts.mjs";
import { Dialog, confirmed } from "../core/dialogs.mjs";
import { html, useRef, useState } from "../core/html.mjs";
import { useArrived, useDrop } from "../parts/dropping.mjs";
import { useCommands, useKeys } from "../core/keys.mjs";
import { useLoaded, useSettled } from "../core/loading.mjs";
import { Granted } from "../parts/grants.mjs";
import { Icon } from "../core/icons.mjs";
import { here } from "../core/start.mjs";
import { t } from "../core/words.mjs";
import { upload } from "../core/uploads.mjs";
import { useSelection } from "../core/selection.mjs";
import { useTitle } from "../core/title.mjs";

const fields = "id,name,type,size,source_type,update_time,kbs_info";
const orders = { name: { orderby: "name", desc: false }, newest: { orderby: "update_time" }, largest: { orderby: "size" } };
const isFolder = (row) => row.type === "folder";
// The folder that stands for the datasets is not shown: they have pages of their own.
const ofDatasets = (row) => row.source_type === "knowledgebase";
const inFolder = (id) => to("files", {}, { folder: id });
const others = () => to("files", {}, { from: "others" });

export function Page({ query }) {
  return query.from && !query.folder ? html`<${Others} />` : html`<${Folder} query=${query} />`;
}

// What an asker may do here: all that is their own, else what is granted of the folder.
function rightsOf(place) {
  const level = !place || ofDatasets(place.folder) ? "read" : place.level ?? "own";
  return { isOwn: level === "own", mayChange: level !== "read", mayShare: ["own", "manage"].includes(level) };
}

function trailOf(place, above) {
  const ways = above.slice(1).reverse().filter((one) => one.id !== one.parent_id).map((one) => [one.name, inFolder(one.id)]);
  return [[t("files.title"), to("files")], ...(place?.level ? [[t("files.others"), others()]] : []), ...ways];
}

function Folder({ query }) {
  const { folder = "", sort = "name" } = query;
  const q = useSettled(query.q ?? "");
  const [known, tell] = useState(null);
  const above = useLoaded((signal) => (folder ? get(`/files/${folder}/ancestors`, {}, signal) : null), [folder]);
  const list = useRows("/files", { parent_id: folder, keywords: q, ...orders[sort], folders_first: true, fields }, {
    rowsOf: ({ data }) => { tell({ asked: folder, folder: data.parent_folder, level: data.level }); return { rows: data.files, total: data.total }; },
  });
  const place = known?.asked === folder ? known : null;
  const may = rightsOf(place);
  const rows = folder ? list.rows : list.rows.filter((row) => !ofDatasets(row));
  const total = list.total - (list.rows.length - rows.length);
  const chosen = useSelection(rows, total, [folder, q]);
  const [form, setForm] = useState(null);
  const done = () => { setForm(null); chosen.clear(); list.reload(); };
  const find = useRef(null);
  const picker = useRef(null);
  const wholes = useRef(null);
  const name = !folder ? t("files.title") : place?.folder.name ?? "";
  useTitle(name || t("files.title"));
  useArrived(list.reload);
  const add = (files) => { if (files.length && may.mayChange) upload({ id: place.folder.id, isFolder: true }, files, false); };
  const isOver = useDrop(add);
  const pick = () => picker.current?.click();
  const create = () => setForm({ kind: "name", parent: place.folder.id });
  const changes = may.mayChange ? [{ key: "n", label: t("files.create"), icon: "plus", run: create }, { key: "u", label: t("files.upload"), icon: "upload", run: pick }] : [];
  useKeys([...changes, { key: "/", label: t("files.find"), run: () => find.current?.focus() }], [place?.folder.id]);
  useCommands(changes, [place?.folder.id]);
  const nothing = !list.loading && !list.failure && !rows.length && !query.q;
  const uploads = html`<button type="button" class="button primary" onClick=${pick}><${Icon} name="upload" size="16" />${t("files.upload")}</button>`;
  const take = (event) => { add([...event.target.files]); event.target.value = ""; };
  return html`
    <${Head} title=${name || t("files.title")} trail=${folder ? trailOf(place, above.data?.parent_folders ?? []) : []}>
      ${may.mayChange && html`<button type="button" class="button" onClick=${create}><${Icon} name="plus" size="16" />${t("files.create")}</button>${uploads}
      <${Menu} label=${t("files.more_actions")} items=${[{ icon: "folder", label: t("files.upload_folder"), run: () => wholes.current?.click() }]} />
      <input ref=${picker} type="file" multiple hidden aria-label=${t("files.upload")} onChange=${take} />
      <input ref=${wholes} type="file" webkitdirectory hidden aria-label=${t("files.upload_folder")} onChange=${take} />`}
    <//>
    ${!folder && html`<${Whose} />`}
    ${!nothing && html`<div class="bar">
      <label class="find"><${Icon} name="search" size="16" /><input ref=${find} type="search" aria-label=${t("files.find")} placeholder=${t("files.find")} value=${query.q ?? ""} onInput=${(event) => ask({ q: event.target.value }, { replace: true })} /></label>
      <label class="choice small quiet">${t("files.sort")}<select value=${sort} onChange=${(event) => ask({ sort: event.target.value === "name" ? "" : event.target.value })}>${Object.keys(orders).map((one) => html`<option key=${one} value=${one} selected=${one === sort}>${t(`files.sort_${one}`)}</option>`)}</select></label>
      <span class="quiet grow end" role="status">${!list.loading && t("files.found", { count: total })}</span>
    </div>`}
    ${list.failure && html`<${Trouble} failure=${list.failure} onRetry=${() => { list.reload(); above.reload(); }} />`}
    ${list.loading && !rows.length && html`<${Skeleton} />`}
    ${nothing && html`<${Nothing} isTop=${!folder} mayChange=${may.mayChange}>${uploads}<//>`}
    ${query.q && !list.loading && !rows.length && html`<p class="quiet center">${t("files.none_found")} <button type="button" class="link" onClick=${() => ask({ q: "" })}>${t("files.show_all")}</button></p>`}
    ${rows.length > 0 && html`<${Table} rows=${rows} total=${total} more=${list.more} selection=${may.mayChange ? chosen : undefined} label=${t("files.title")} columns=${columnsOf((row) => actionsOf(row, may, setForm, done))} />`}
    ${chosen.count > 0 && html`<${Bulk} chosen=${chosen} rows=${rows.filter(chosen.has)} may=${may} setForm=${setForm} done=${done} />`}
    ${isOver && may.mayChange && html`<div class="drop"><${Icon} name="upload" size="40" />${t("files.drop", { name })}</div>`}
    <${Forms} form=${form} place=${place} onClose=${() => setForm(null)} onDone=${done} />
  `;
}

const Whose = ({ isOthers }) => html`<nav class="chips" aria-label=${t("files.whose")}>
  <a class="chip" href=${to("files")} aria-current=${isOthers ? undefined : "page"}>${t("files.mine")}</a>
  <a class="chip" href=${others()} aria-current=${isOthers ? "page" : undefined}>${t("files.others")}</a></nav>`;

function Nothing({ isTop, mayChange, children }) {
  if (!mayChange) return html`<p class="quiet center">${t("files.empty_folder")}</p>`;
  if (!isTop) return html`<${Empty} icon="folder" title=${t("files.empty_folder")} text=${t("files.empty_drop")}>${children}<//>`;
  return html`<${Empty} icon="folder" title=${t("files.empty_title")} text=${t("files.empty_text")} command=${`curl -F file=@handbook.pdf -H "Authorization: Bearer KEY" ${here()}/api/v1/files`}>${children}<//>`;
}

// What others have granted, each with a level of its own.
function Others() {
  useTitle(t("files.others"));
  const found = useLoaded((signal) => get("/files/granted", {}, signal), []);
  const [form, setForm] = useState(null);
  const done = () => { setForm(null); found.reload(); };
  const actions = (row) => actionsOf(row, { mayShare: row.level === "manage", mayReplace: row.level !== "read" }, setForm, done);
  return html`<${Head} title=${t("files.title")} /><${Whose} isOthers />
    ${found.failure && html`<${Trouble} failure=${found.failure} onRetry=${found.reload} />`}
    ${!found.data && !found.failure && html`<${Skeleton} />`}
    ${found.data?.length === 0 && html`<${Empty} icon="people" title=${t("files.none_granted")} text=${t("files.granted_text")} />`}
    ${found.data?.length > 0 && html`<${Table} rows=${found.data} total=${found.data.length} label=${t("files.others")} columns=${columnsOf(actions)} />`}
    <${Forms} form=${form} onClose=${() => setForm(null)} onDone=${done} />`;
}

function columnsOf(actions) {
  const name = (row) => {
    const href = isFolder(row) ? inFolder(row.id) : address(`/file/get/${row.id}`);
    return html`<${Icon} name=${isFolder(row) ? "folder" : "file"} size="16" /> <a class="row-link" href=${href} target=${isFolder(row) ? undefined : "_blank"} rel="noopener" title=${row.name}>${row.name}</a>`;
  };
  return [
    { name: "name", label: t("files.name"), class: "main", cell: name },
    { name: "datasets", label: t("files.datasets"), class: "state", cell: (row) => html`<${Datasets} row=${row} />` },
    { name: "size", label: t("files.size"), class: "number", cell: (row) => (isFolder(row) ? "" : size(row.size)) },
    { name: "changed", label: t("files.changed"), class: "wide-only", cell: (row) => html`<span class="quiet" title=${moment(row.update_time)}>${ago(row.update_time)}</span>` },
    { name: "actions", label: "", class: "actions", cell: (row) => actions(row).some(Boolean) && html`<${Menu} label=${t("files.more", { name: row.name })} items=${actions(row)} />` },
  ];
}

// The datasets with a document of a file; of what others have granted, what one may do with it.
function Datasets({ row }) {
  if (row.level) return html`<span class="chip">${t(`grants.${row.level}`)}</span>`;
  const [first, ...more] = row.kbs_info ?? [];
  if (!first) return null;
  return html`<a class="chip" href=${to("document", { dataset: first.kb_id, document: first.document_id })}>${first.kb_name}</a>${more.length > 0 && html` <span class="quiet small" title=${more.map((one) => one.kb_name).join(", ")}>+${more.length}</span>`}`;
}

function actionsOf(row, may, setForm, done) {
  const isFile = !isFolder(row);
  return [
    isFile && { icon: "file", label: t("files.download"), run: () => download(row) },
    may.isOwn && { icon: "datasets", label: t("files.link"), run: () => setForm({ kind: "link", rows: [row] }) },
    may.mayChange && { icon: "edit", label: t("files.rename"), run: () => setForm({ kind: "name", row }) },
    may.mayChange && { icon: "right", label: t("files.move"), run: () => setForm({ kind: "move", rows: [row] }) },
    isFile && (may.mayReplace ?? may.mayChange) && { icon: "upload", label: t("files.replace"), run: () => replace(row, done) },
    may.mayShare && { icon: "people", label: t("grants.title"), run: () => setForm({ kind: "grants", row }) },
    may.mayChange && { icon: "trash", label: t("files.delete"), kind: "danger", run: () => erase([row], done).catch(complain) },
  ];
}

function download(row) {
  const link = document.createElement("a");
  Object.assign(link, { href: address(`/files/${row.id}`), download: row.name });
  link.click();
}

// Asks for a file, and gives its content to one that is there.
function replace(row, done) {
  const picker = document.createElement("input");
  Object.assign(picker, { type: "file", accept: /\.\w+$/.exec(row.name)?.[0] ?? "" });
  picker.onchange = async () => {
    const form = new FormData();
    form.append("file", picker.files[0]);
    try {
      await call("PUT", `/files/${row.id}`, { form });
      toast(t("files.replaced", { name: row.name }));
      done();
    } catch (failure) {
      complain(failure);
    }
  };
  picker.click();
}

async function erase(rows, done) {
  const count = rows.length;
  const title = count === 1 ? t("files.delete_title", { name: rows[0].name }) : t("files.delete_many", { count });
  const word = !rows.some(isFolder) && count < 100 ? "" : count === 1 ? rows[0].name : String(count);
  if (!(await confirmed({ title, text: t("files.delete_text"), action: t("files.delete"), word }))) return;
  await remove("/files", { ids: rows.map((row) => row.id) });
  toast(t("files.deleted", { count }));
  done();
}

function Bulk({ chosen, rows, may, setForm, done }) {
  return html`<section class="bulk" aria-label=${t("files.chosen", { count: chosen.count })}>
    <b role="status">${t("files.chosen", { count: chosen.count })}</b>
    ${may.isOwn && html`<button type="button" class="button small" onClick=${() => setForm({ kind: "link", rows })}><${Icon} name="datasets" size="16" />${t("files.link")}</button>`}
    <button type="button" class="button small" onClick=${() => setForm({ kind: "move", rows })}><${Icon} name="right" size="16" />${t("files.move")}</button>
    <${Action} kind="small danger" icon="trash" run=${() => erase(rows, done)}>${t("files.delete")}<//>
    <button type="button" class="bare" aria-label=${t("files.choose_none")} onClick=${chosen.clear}><${Icon} name="close" size="16" /></button>
  </section>`;
}

function Forms({ form, place, onClose, onDone }) {
  if (form?.kind === "name") return html`<${NameForm} file=${form.row} parent=${form.parent} onClose=${onClose} onDone=${onDone} />`;
  if (form?.kind === "move") return html`<${Mover} files=${form.rows} from=${place.folder.id} onClose=${onClose} onDone=${onDone} />`;
  if (form?.kind === "link") return html`<${Linker} files=${form.rows} onClose=${onClose} onDone=${onDone} />`;
  if (form?.kind === "grants") return html`<${Dialog} title=${t("grants.title")} onClose=${onClose}><p class="quiet">${form.row.name}</p><${Granted} path=${`/files/${form.row.id}/grants`} /><//>`;
  return null;
}
