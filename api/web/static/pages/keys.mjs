// API keys: make one for what it is to do, see when it was used, revoke it.

import { Empty, Head, Menu, Skeleton, Trouble } from "../core/widgets.mjs";
import { DatasetChoices } from "../parts/dataset_choices.mjs";
import { KeyCreation, NewKey } from "../parts/key_forms.mjs";
import { ScopeFields, scopeOf } from "../parts/key_scope.mjs";
import { ago, moment } from "../core/format.mjs";
import { get, remove } from "../core/api.mjs";
import { html, useState } from "../core/html.mjs";
import { useCommands, useKeys } from "../core/keys.mjs";
import { Icon } from "../core/icons.mjs";
import { Table } from "../core/list.mjs";
import { complain } from "../core/toasts.mjs";
import { confirmed } from "../core/dialogs.mjs";
import { t } from "../core/words.mjs";
import { useLoaded } from "../core/loading.mjs";
import { useTitle } from "../core/title.mjs";

export function Page() {
  useTitle(t("keys.title"));
  const list = useLoaded((signal) => get("/system/tokens", {}, signal), []);
  const [making, make] = useState(false);
  const [made, show] = useState(null);
  const create = () => make(true);
  useKeys([{ key: "a", label: t("keys.create"), run: create }]);
  useCommands([{ label: t("keys.create"), icon: "plus", run: create }]);
  const rows = list.data ?? [];
  const columns = [
    { name: "name", label: t("keys.name"), class: "main", cell: (row) => html`<span class="row-link">${row.name || t("keys.unnamed")}</span><small class="quiet clip"><code>${row.token}</code>${row.note && ` · ${row.note}`}</small>` },
    { name: "scope", label: t("keys.scope"), class: "state", cell: (row) => html`<span class="chip">${scopeOf(row)}</span>` },
    { name: "used", label: t("keys.used"), class: "wide-only", cell: (row) => (row.last_used_time ? html`<span title=${moment(row.last_used_time)}>${ago(row.last_used_time)}</span>` : html`<span class="quiet">${t("keys.unused")}</span>`) },
    { name: "end", label: t("keys.end"), class: "wide-only", cell: (row) => end(row) },
    { name: "actions", label: "", class: "actions", cell: (row) => html`<${Menu} label=${t("keys.more", { name: row.name || row.token })} items=${[{ icon: "trash", label: t("keys.revoke"), kind: "danger", run: () => revoke(row, list) }]} />` },
  ];
  const button = html`<button class="button primary" type="button" onClick=${create}><${Icon} name="plus" size="16" />${t("keys.create")}</button>`;
  return html`
    <${Head} title=${t("keys.title")}>${rows.length > 0 && button}<//>
    ${list.failure && html`<${Trouble} failure=${list.failure} onRetry=${list.reload} />`}
    ${!list.data && !list.failure && html`<${Skeleton} />`}
    ${list.data && rows.length === 0 && html`<${Empty} icon="keys" title=${t("keys.empty_title")} text=${t("keys.empty_text")} command="raglan keys create">${button}<//>`}
    ${rows.length > 0 && html`<${Table} rows=${rows} total=${rows.length} columns=${columns} label=${t("keys.title")} />`}
    ${making && html`<${KeyCreation} onClose=${() => make(false)} onDone=${(key) => { make(false); show(key); list.reload(); }}><${DatasetChoices} legend=${t("keys.only")} /><${ScopeFields} /><//>`}
    ${made && html`<${NewKey} made=${made} onClose=${() => show(null)} />`}
  `;
}

function end(row) {
  if (!row.expires_time) return html`<span class="quiet">${t("keys.never")}</span>`;
  const isOver = row.expires_time <= Date.now();
  return html`<span class=${isOver ? "bad-text" : ""}>${isOver ? t("keys.over") : moment(row.expires_time)}</span>`;
}

async function revoke(row, list) {
  const ok = await confirmed({ title: t("keys.revoke_title", { name: row.name || row.token }), text: t("keys.revoke_text"), action: t("keys.revoke") });
  if (!ok) return;
  try {
    await remove(`/system/tokens/${row.id}`);
    list.reload();
  } catch (failure) {
    complain(failure);
  }
}
