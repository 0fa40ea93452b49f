// The models: which there are, whether they answer, and which are used where nobody says another.

import { Action, Empty, Head, Menu, Skeleton, Trouble } from "../core/widgets.mjs";
import { Addition, Trial } from "../parts/model_form.mjs";
import { get, patch, post, put, remove } from "../core/api.mjs";
import { html, useState } from "../core/html.mjs";
import { complain } from "../core/toasts.mjs";
import { confirmed, Dialog } from "../core/dialogs.mjs";
import { useCommands, useKeys } from "../core/keys.mjs";
import { Granted } from "../parts/grants.mjs";
import { Icon } from "../core/icons.mjs";
import { Table } from "../core/list.mjs";
import { count } from "../core/format.mjs";
import { t } from "../core/words.mjs";
import { useLoaded } from "../core/loading.mjs";
import { useTitle } from "../core/title.mjs";

async function read(signal) {
  const [models, defaults] = await Promise.all([get("/models", {}, signal), get("/models/defaults", {}, signal)]);
  return { models: models.map((one) => ({ ...one, id: `${one.type} ${one.model}` })), defaults };
}

export function Page() {
  useTitle(t("models.title"));
  const found = useLoaded(read, []);
  const [adding, add] = useState(false);
  const [shared, share] = useState(null);
  const [trials, tell] = useState({});
  const open = () => add(true);
  useKeys([{ key: "a", label: t("models.add"), run: open }]);
  useCommands([{ label: t("models.add"), icon: "plus", run: open }]);
  const done = (run) => async () => {
    try { await run(); found.reload(); } catch (failure) { complain(failure); }
  };
  const test = async (row) => {
    const trial = await post("/models/test", { model: row.model, type: row.type });
    tell((before) => ({ ...before, [row.id]: trial }));
  };
  const { models = [], defaults = {} } = found.data ?? {};
  const actions = (row) => [
    { icon: "check", label: t("models.make_default"), disabled: defaults[row.type] === row.model || !row.is_on, run: done(() => put("/models/defaults", { [row.type]: row.model })) },
    row.provider !== "Builtin" && row.level !== "read" && { icon: row.is_on ? "stop" : "play", label: t(row.is_on ? "models.turn_off" : "models.turn_on"), run: done(() => patch("/models", { provider: row.provider, name: row.name, is_on: !row.is_on })) },
    (row.base_url || row.level === "manage") && { icon: "people", label: t("grants.title"), run: () => share({ provider: row.provider, name: row.name, type: row.type }) },
    row.base_url && { icon: "trash", label: t("models.delete"), kind: "danger", run: done(() => erase(row)) },
  ];
  const columns = [
    { name: "name", label: t("models.name"), class: "main", cell: (row) => html`<span class="row-link">${row.name}</span>${defaults[row.type] === row.model && html` <span class="chip good">${t("models.default")}</span>`}${!row.is_on && html` <span class="chip">${t(row.lacking ? "models.lacking" : "models.off")}</span>`}<small class="quiet clip">${row.provider}${row.base_url && ` · ${row.base_url}`}${row.lacking && ` · ${row.lacking}`}</small>` },
    { name: "type", label: t("models.type"), class: "state", cell: (row) => t(`models.is_${row.type}`) },
    { name: "context", label: t("models.context"), class: "number", cell: (row) => (row.context ? count(row.context) : "") },
    { name: "trial", label: t("models.trial"), class: "wide-only", cell: (row) => trials[row.id] && html`<${Trial} trial=${trials[row.id]} />` },
    { name: "test", label: "", class: "number", cell: (row) => html`<${Action} kind="small" disabled=${!row.is_on} run=${() => test(row)}>${t("models.test")}<//>` },
    { name: "actions", label: "", class: "actions", cell: (row) => html`<${Menu} label=${t("models.more", { name: row.name })} items=${actions(row)} />` },
  ];
  const button = html`<button class="button primary" type="button" onClick=${open}><${Icon} name="plus" size="16" />${t("models.add")}</button>`;
  return html`
    <${Head} title=${t("models.title")}>${button}<//>
    ${found.failure && html`<${Trouble} failure=${found.failure} onRetry=${found.reload} />`}
    ${!found.data && !found.failure && html`<${Skeleton} />`}
    ${found.data && !models.some((one) => one.type === "chat" && one.provider !== "Builtin") && html`<p class="notice">${t("models.no_chat")}</p>`}
    ${models.length > 0 && html`<${Table} rows=${models} total=${models.length} columns=${columns} label=${t("models.title")} />`}
    ${found.data && models.length === 0 && html`<${Empty} icon="models" title=${t("models.empty_title")} text=${t("models.no_chat")}>${button}<//>`}
    ${shared && html`<${Dialog} title=${t("grants.title")} onClose=${() => share(null)}><${Granted} path="/models/grants" what=${shared} /><//>`}
    ${adding && html`<${Addition} onClose=${() => add(false)} onDone=${() => { add(false); found.reload(); }} />`}
  `;
}

async function erase(row) {
  const ok = await confirmed({ title: t("models.delete_title", { name: row.name }), text: t("models.delete_text"), action: t("models.delete") });
  if (ok) await remove("/models", { provider: row.provider, name: row.name });
}
