// API keys: make one for what it is to do, see when it was used, revoke it.

import { Command, Empty, Field, Form, Head, Menu, Skeleton, Trouble } from "../core/widgets.mjs";
import { Dialog, confirmed } from "../core/dialogs.mjs";
import { ago, moment } from "../core/format.mjs";
import { get, post, remove } from "../core/api.mjs";
import { html, useState } from "../core/html.mjs";
import { useCommands, useKeys } from "../core/keys.mjs";
import { Icon } from "../core/icons.mjs";
import { Table } from "../core/list.mjs";
import { complain } from "../core/toasts.mjs";
import { t } from "../core/words.mjs";
import { useLoaded } from "../core/loading.mjs";
import { useTitle } from "../core/title.mjs";

const day = 86400000;
const ends = { never: 0, 30: 30, 90: 90, 365: 365 };

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
    { name: "name", label: t("keys.name"), class: "main", cell: (row) => html`<span class="row-link">${row.name || t("keys.unnamed")}</span><small class="quiet clip"><code>${row.token}</code></small>` },
    { name: "scope", label: t("keys.scope"), class: "state", cell: (row) => html`<span class="chip">${scope(row)}</span>` },
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
    ${making && html`<${Creation} onClose=${() => make(false)} onDone=${(key) => { make(false); show(key); list.reload(); }} />`}
    ${made && html`<${Shown} made=${made} onClose=${() => show(null)} />`}
  `;
}

const scope = (row) => [t(`keys.is_${row.scope}`), row.dataset_ids.length ? t("keys.datasets", { count: row.dataset_ids.length }) : ""].filter(Boolean).join(" · ");

function end(row) {
  if (!row.expires_time) return html`<span class="quiet">${t("keys.never")}</span>`;
  const isOver = row.expires_time <= Date.now();
  return html`<span class=${isOver ? "bad-text" : ""}>${isOver ? t("keys.over") : moment(row.expires_time)}</span>`;
}

function Creation({ onClose, onDone }) {
  const datasets = useLoaded((signal) => get("/datasets", { fields: "id,name", page_size: 200 }, signal), []);
  const save = async (values) => {
    const chosen = (datasets.data ?? []).filter((one) => values[`in-${one.id}`]).map((one) => one.id);
    const days = ends[values.end];
    onDone(await post("/system/tokens", {
      name: values.name, scope: values.scope, dataset_ids: chosen, expires_time: days ? Date.now() + days * day : undefined,
    }));
  };
  return html`<${Dialog} title=${t("keys.create")} onClose=${onClose}>
    <${Form} onSubmit=${save} onCancel=${onClose} action=${t("keys.create_now")}>
      <${Field} label=${t("keys.name")} hint=${t("keys.name_hint")}><input name="name" required maxlength="100" autocomplete="off" autofocus /><//>
      <div class="columns">
        <${Field} label=${t("keys.scope")}><select name="scope"><option value="write">${t("keys.is_write")}</option><option value="read">${t("keys.is_read")}</option></select><//>
        <${Field} label=${t("keys.end")}><select name="end"><option value="never">${t("keys.never")}</option>${[30, 90, 365].map((days) => html`<option key=${days} value=${days}>${t("keys.days", { count: days })}</option>`)}</select><//>
      </div>
      ${datasets.data?.length > 0 && html`<fieldset class="choices"><legend>${t("keys.only")}</legend>
        ${datasets.data.map((one) => html`<label class="choice" key=${one.id}><input type="checkbox" name=${`in-${one.id}`} /><span>${one.name}</span></label>`)}</fieldset>`}
    <//>
  <//>`;
}

// The key as it is shown once, and what to do with it.
function Shown({ made, onClose }) {
  const here = location.origin;
  const [tool, choose] = useState("curl");
  const snippets = {
    curl: `curl -s ${here}/api/v1/datasets -H "Authorization: Bearer ${made.token}"`,
    SDK: `from ragflow_sdk import RAGFlow\n\nclient = RAGFlow("${made.token}", "${here}")\nprint(client.list_datasets())`,
    OpenAI: `from openai import OpenAI\n\nclient = OpenAI(base_url="${here}/v1", api_key="${made.token}")\nprint([model.id for model in client.models.list()])`,
    MCP: JSON.stringify({ mcpServers: { raglan: { url: `${here}/mcp`, headers: { Authorization: `Bearer ${made.token}` } } } }, null, 2),
    Dify: `API Endpoint: ${here}/api/v1/dify\nAPI Key: ${made.token}`,
  };
  return html`<${Dialog} title=${t("keys.made")} onClose=${onClose} wide>
    <p>${t("keys.once")}</p>
    <${Command} text=${made.token} />
    <div class="chips" role="group" aria-label=${t("keys.snippets")}>${Object.keys(snippets).map((name) => html`<button type="button" class="chip" key=${name} aria-pressed=${tool === name} onClick=${() => choose(name)}>${name}</button>`)}</div>
    <${Command} text=${snippets[tool]} />
    <footer class="row end"><button type="button" class="button primary" onClick=${onClose}>${t("keys.kept")}</button></footer>
  <//>`;
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
