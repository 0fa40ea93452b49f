// What is done with files and folders in a dialog: a name, a place, and the datasets that they are in.

import { Field, Form, Skeleton, Trouble } from "../core/widgets.mjs";
import { DatasetChoices, tickedIn } from "./dataset_choices.mjs";
import { get, post } from "../core/api.mjs";
import { Dialog } from "../core/dialogs.mjs";
import { html, useState } from "../core/html.mjs";
import { Icon } from "../core/icons.mjs";
import { t } from "../core/words.mjs";
import { toast } from "../core/toasts.mjs";
import { useLoaded } from "../core/loading.mjs";

// Another name for a file, or that of a new folder in `parent`.
export function NameForm({ file, parent, onClose, onDone }) {
  const save = async ({ name }) => {
    if (file) await post("/files/move", { src_file_ids: [file.id], new_name: name });
    else await post("/files", { name, parent_id: parent, type: "folder" });
    onDone();
  };
  return html`<${Dialog} title=${t(file ? "file_forms.rename" : "file_forms.create")} onClose=${onClose}>
    <${Form} onSubmit=${save} onCancel=${onClose} action=${t(file ? "file_forms.save" : "file_forms.create_now")}>
      <${Field} label=${t("file_forms.name")} hint=${file && file.type !== "folder" ? t("file_forms.name_hint") : undefined}><input name="name" required maxlength="255" autocomplete="off" autofocus defaultValue=${file?.name} /><//>
    <//>
  <//>`;
}

async function look(folder, signal) {
  const [list, above] = await Promise.all([
    get("/files", { parent_id: folder, type: "folder", orderby: "name", desc: false, page_size: 10000, fields: "id,name,source_type" }, signal),
    get(`/files/${folder}/ancestors`, {}, signal),
  ]);
  return { folders: list.files.filter((one) => one.source_type === ""), above: above.parent_folders.reverse() };
}

// Another place: from the folder that they are in one goes up by the way to it, and down by its folders.
export function Mover({ files, from, onClose, onDone }) {
  const [place, go] = useState(from);
  const found = useLoaded((signal) => look(place, signal), [place]);
  const moved = new Set(files.map((one) => one.id));
  const move = async () => {
    await post("/files/move", { src_file_ids: [...moved], dest_file_id: place });
    toast(t("file_forms.moved", { count: files.length }));
    onDone();
  };
  const nameOf = (one) => (one.id === one.parent_id ? t("file_forms.top") : one.name);
  const title = files.length === 1 ? t("file_forms.move_one", { name: files[0].name }) : t("file_forms.move_many", { count: files.length });
  const inside = found.data?.folders.filter((one) => !moved.has(one.id)) ?? [];
  return html`<${Dialog} title=${title} onClose=${onClose}>
    ${found.failure && html`<${Trouble} failure=${found.failure} onRetry=${found.reload} />`}
    ${!found.data && !found.failure && html`<${Skeleton} rows=${3} />`}
    ${found.data && html`<${Form} onSubmit=${move} onCancel=${onClose} action=${t("file_forms.move_here")} disabled=${place === from}>
      <nav class="row" aria-label=${t("file_forms.place")}>${found.data.above.map((one, level) => html`${level > 0 && html`<${Icon} name="right" size="12" />`}${one.id === place ? html`<b key=${one.id} aria-current="true">${nameOf(one)}</b>` : html`<button type="button" class="link" key=${one.id} onClick=${() => go(one.id)}>${nameOf(one)}</button>`}`)}</nav>
      <ul class="stack tight folders" aria-label=${t("file_forms.inside")}>${inside.map((one) => html`<li key=${one.id}><button type="button" class="button small wide" onClick=${() => go(one.id)}><${Icon} name="folder" size="16" /><span class="grow clip">${one.name}</span></button></li>`)}</ul>
      ${inside.length === 0 && html`<p class="quiet">${t("file_forms.no_folders")}</p>`}
    <//>`}
  <//>`;
}

// Datasets into which somebody may put documents.
const fits = (one) => one.level !== "read";

// The datasets with documents of files. Of one file these are all; of several, and of folders, those that are added.
export function Linker({ files, onClose, onDone }) {
  const isOne = files.length === 1 && files[0].type !== "folder";
  const there = (isOne ? files[0].kbs_info : []).map((one) => ({ id: one.kb_id, name: one.kb_name }));
  const save = async (values) => {
    const ids = tickedIn(values);
    const links = await post("/files/link-to-datasets", { file_ids: files.map((one) => one.id), kb_ids: ids, keep: !isOne });
    if (values.parsed) await Promise.all(ids.map((id) => parse(id, links)));
    toast(t("file_forms.linked"));
    onDone();
  };
  return html`<${Dialog} title=${t("file_forms.link")} onClose=${onClose}>
    <p class="quiet">${t(isOne ? "file_forms.link_one" : "file_forms.link_many")}</p>
    <${Form} onSubmit=${save} onCancel=${onClose} action=${t("file_forms.save")}>
      <${DatasetChoices} legend=${t("file_forms.datasets")} ticked=${there} fits=${fits} nothing=${t("file_forms.no_datasets")} />
      <label class="choice"><input type="checkbox" name="parsed" defaultChecked /><span>${t("file_forms.parse")}</span></label>
    <//>
  <//>`;
}

// Of the documents in a dataset those that were never read.
async function parse(dataset, links) {
  const ids = links.filter((one) => one.kb_id === dataset).map((one) => one.document_id);
  if (ids.length) await post(`/datasets/${dataset}/documents/bulk`, { action: "parse", filter: { ids, run: ["UNSTART"] } });
}
