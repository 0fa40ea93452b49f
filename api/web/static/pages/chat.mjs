// The assistants: find one to talk with, make one, delete one.

import { Empty, Field, Form, Head, Menu, Skeleton, Trouble } from "../core/widgets.mjs";
import { DatasetChoices, tickedIn } from "../parts/dataset_choices.mjs";
import { Dialog, confirmed } from "../core/dialogs.mjs";
import { Table, useRows } from "../core/list.mjs";
import { ago, moment } from "../core/format.mjs";
import { complain, toast } from "../core/toasts.mjs";
import { post, remove } from "../core/api.mjs";
import { go, to } from "../core/router.mjs";
import { html, useState } from "../core/html.mjs";
import { useCommands, useKeys } from "../core/keys.mjs";
import { Icon } from "../core/icons.mjs";
import { t } from "../core/words.mjs";
import { useTitle } from "../core/title.mjs";

const fields = "id,name,description,kb_names,llm_id,update_time,level";

export function Page() {
  useTitle(t("chat.title"));
  const list = useRows("/chats", { fields, orderby: "update_time" }, {
    size: 50, rowsOf: (envelope) => ({ rows: envelope.data, total: envelope.data.length }),
  });
  const [making, make] = useState(false);
  const create = () => make(true);
  useKeys([{ key: "c", label: t("chat.create"), run: create }]);
  useCommands([{ label: t("chat.create"), icon: "plus", run: create }]);
  const columns = [
    { name: "name", label: t("chat.name"), class: "main", cell: (row) => html`<a class="row-link" href=${to("conversation", { chat: row.id })}>${row.name}</a>${row.description && html`<small class="quiet clip">${row.description}</small>`}` },
    { name: "datasets", label: t("chat.datasets"), cell: (row) => html`<span class="quiet">${row.kb_names.join(", ")}</span>` },
    { name: "model", label: t("chat.model"), class: "wide-only", cell: (row) => html`<span class="quiet">${row.llm_id.split("@")[0]}</span>` },
    { name: "changed", label: t("chat.changed"), class: "wide-only", cell: (row) => html`<span class="quiet" title=${moment(row.update_time)}>${ago(row.update_time)}</span>` },
    { name: "actions", label: "", class: "actions", cell: (row) => row.level !== "read" && html`<${Menu} label=${t("chat.more", { name: row.name })} items=${actions(row)} />` },
  ];
  const actions = (row) => [
    { icon: "settings", label: t("chat.settings"), run: () => go(to("assistant", { chat: row.id })) },
    !row.level && { icon: "trash", label: t("chat.delete"), kind: "danger", run: () => erase(row, list) },
  ];
  const nothing = !list.loading && !list.failure && list.rows.length === 0;
  const button = html`<button class="button primary" type="button" onClick=${create}><${Icon} name="plus" size="16" />${t("chat.create")}</button>`;
  return html`
    <${Head} title=${t("chat.title")}>${!nothing && button}<//>
    ${list.failure && html`<${Trouble} failure=${list.failure} onRetry=${list.reload} />`}
    ${list.loading && list.rows.length === 0 && html`<${Skeleton} />`}
    ${nothing && html`<${Empty} icon="chat" title=${t("chat.empty_title")} text=${t("chat.empty_text")} command=${"raglan ask \"How many days of leave do I have?\" --dataset handbook"}>${button}<//>`}
    ${list.rows.length > 0 && html`<${Table} rows=${list.rows} total=${list.total} more=${list.more} columns=${columns} label=${t("chat.title")} />`}
    ${making && html`<${Creation} onClose=${() => make(false)} />`}
  `;
}

function Creation({ onClose }) {
  const save = async (values) => {
    const made = await post("/chats", { name: values.name, dataset_ids: tickedIn(values) });
    await go(to("conversation", { chat: made.id }));
  };
  return html`<${Dialog} title=${t("chat.create")} onClose=${onClose}>
    <${Form} onSubmit=${save} onCancel=${onClose} action=${t("chat.create_now")}>
      <${Field} label=${t("chat.name")}><input name="name" required maxlength="255" autocomplete="off" autofocus /><//>
      <${DatasetChoices} legend=${t("chat.reads")} nothing=${t("chat.no_datasets")} takesOnly />
    <//>
  <//>`;
}

async function erase(row, list) {
  const ok = await confirmed({ title: t("chat.delete_title", { name: row.name }), text: t("chat.delete_text"), action: t("chat.delete") });
  if (!ok) return;
  try {
    await remove(`/chats/${row.id}`);
    toast(t("chat.deleted", { name: row.name }));
    list.reload();
  } catch (failure) {
    complain(failure);
  }
}
