// The datasets: find one, make one, give one another name, delete one.

import { Empty, Field, Form, Head, Menu, Skeleton, Trouble } from "../core/widgets.mjs";
import { Dialog, confirmed } from "../core/dialogs.mjs";
import { ago, count, moment } from "../core/format.mjs";
import { ask, go, to } from "../core/router.mjs";
import { complain, toast } from "../core/toasts.mjs";
import { html, useRef, useState } from "../core/html.mjs";
import { post, put, remove } from "../core/api.mjs";
import { Icon } from "../core/icons.mjs";
import { Table, useRows } from "../core/list.mjs";
import { t } from "../core/words.mjs";
import { useCommands, useKeys } from "../core/keys.mjs";
import { useTitle } from "../core/title.mjs";

const fields = "id,name,description,document_count,chunk_count,embedding_model,permission,update_time,level";

// Its settings are changed by whose it is, and by those to whom that is granted.
const mayManage = (row) => !row.level || row.level === "manage";

export function Page({ query }) {
  useTitle(t("datasets.title"));
  const list = useRows("/datasets", { fields, orderby: "update_time" }, {
    size: 100, rowsOf: (envelope) => ({ rows: envelope.data, total: envelope.total_datasets }),
  });
  const [form, setForm] = useState(null);
  const find = useRef(null);
  const create = () => setForm({ id: "", name: "", description: "" });
  useKeys([{ key: "n", label: t("datasets.create"), run: create }, { key: "/", label: t("datasets.find"), run: () => find.current?.focus() }]);
  useCommands([
    { label: t("datasets.create"), icon: "plus", run: create },
    { label: t("datasets.first"), icon: "play", run: () => go(to("start")) },
  ]);
  if (query.q && !list.isWhole) list.more();
  const wanted = (query.q ?? "").toLowerCase();
  const rows = list.rows.filter((one) => `${one.name} ${one.description ?? ""}`.toLowerCase().includes(wanted));
  const columns = [
    { name: "name", label: t("datasets.name"), class: "main", cell: (row) => html`<a class="row-link" href=${to("documents", { dataset: row.id })}>${row.name}</a>${row.description && html`<small class="quiet clip">${row.description}</small>`}` },
    { name: "documents", label: t("datasets.documents"), class: "number", cell: (row) => count(row.document_count) },
    { name: "chunks", label: t("datasets.chunks"), class: "number", cell: (row) => count(row.chunk_count) },
    { name: "model", label: t("datasets.model"), class: "wide-only", cell: (row) => html`<span class="quiet">${row.embedding_model.split("@")[0]}</span>${row.permission === "team" && html` <span class="chip">${t("datasets.shared")}</span>`}` },
    { name: "changed", label: t("datasets.changed"), class: "wide-only", cell: (row) => html`<span class="quiet" title=${moment(row.update_time)}>${ago(row.update_time)}</span>` },
    { name: "actions", label: "", class: "actions", cell: (row) => mayManage(row) && html`<${Menu} label=${t("datasets.more", { name: row.name })} items=${actions(row)} />` },
  ];
  const actions = (row) => [
    { icon: "edit", label: t("datasets.rename"), run: () => setForm(row) },
    { icon: "settings", label: t("datasets.settings"), run: () => go(to("dataset_settings", { dataset: row.id })) },
    !row.level && { icon: "trash", label: t("datasets.delete"), kind: "danger", run: () => erase(row, list) },
  ];
  const nothing = !list.loading && !list.failure && list.rows.length === 0;
  return html`
    <${Head} title=${t("datasets.title")}>
      ${!nothing && html`<label class="find"><${Icon} name="search" size="16" /><input ref=${find} type="search" aria-label=${t("datasets.find")} placeholder=${t("datasets.find")} value=${query.q ?? ""} onInput=${(event) => ask({ q: event.target.value }, { replace: true })} /></label>
      <button class="button primary" type="button" onClick=${create}><${Icon} name="plus" size="16" />${t("datasets.create")}</button>`}
    <//>
    ${list.failure && html`<${Trouble} failure=${list.failure} onRetry=${list.reload} />`}
    ${list.loading && list.rows.length === 0 && html`<${Skeleton} />`}
    ${nothing && html`<${Empty} icon="datasets" title=${t("datasets.empty_title")} text=${t("datasets.empty_text")} command=${`raglan ingest ./documents --dataset handbook`}>
      <a class="button primary" href=${to("start")}><${Icon} name="play" size="16" />${t("datasets.first")}</a>
      <button class="button" type="button" onClick=${create}><${Icon} name="plus" size="16" />${t("datasets.create")}</button><//>`}
    ${rows.length > 0 && html`<${Table} rows=${rows} total=${list.total} more=${list.more} columns=${columns} label=${t("datasets.title")} />`}
    ${wanted && !rows.length && !list.loading && html`<p class="quiet center">${t("datasets.none_found", { text: query.q })}</p>`}
    ${form && html`<${Editor} dataset=${form} onClose=${() => setForm(null)} onDone=${list.reload} />`}
  `;
}

function Editor({ dataset, onClose, onDone }) {
  const save = async (values) => {
    const body = { name: values.name, description: values.description };
    if (!dataset.id) {
      const made = await post("/datasets", body);
      await go(to("documents", { dataset: made.id }));
      return;
    }
    await put(`/datasets/${dataset.id}`, body);
    toast(t("datasets.saved"));
    onClose();
    onDone();
  };
  return html`<${Dialog} title=${t(dataset.id ? "datasets.rename" : "datasets.create")} onClose=${onClose}>
    <${Form} onSubmit=${save} onCancel=${onClose} action=${t(dataset.id ? "datasets.save" : "datasets.create_now")}>
      <${Field} label=${t("datasets.name")}><input name="name" required maxlength="128" autocomplete="off" autofocus defaultValue=${dataset.name} /><//>
      <${Field} label=${t("datasets.description")} hint=${t("datasets.description_hint")}><textarea name="description" rows="3" defaultValue=${dataset.description ?? ""}></textarea><//>
    <//>
  <//>`;
}

async function erase(row, list) {
  const ok = await confirmed({
    title: t("datasets.delete_title", { name: row.name }), text: t("datasets.delete_text", { count: row.document_count }),
    action: t("datasets.delete"), word: row.document_count ? row.name : "",
  });
  if (!ok) return;
  try {
    await remove("/datasets", { ids: [row.id] });
    toast(t("datasets.deleted", { name: row.name }));
    list.reload();
  } catch (failure) {
    complain(failure);
  }
}
