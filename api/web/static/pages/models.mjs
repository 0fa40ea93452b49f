// The models: which there are, whether they answer, and which are used where nobody says another.

import { Action, Empty, Field, Head, Menu, Skeleton, Trouble } from "../core/widgets.mjs";
import { get, patch, post, put, remove } from "../core/api.mjs";
import { html, useRef, useState } from "../core/html.mjs";
import { Dialog, confirmed } from "../core/dialogs.mjs";
import { complain, toast } from "../core/toasts.mjs";
import { useCommands, useKeys } from "../core/keys.mjs";
import { Icon } from "../core/icons.mjs";
import { Table } from "../core/list.mjs";
import { count } from "../core/format.mjs";
import { t } from "../core/words.mjs";
import { useLoaded } from "../core/loading.mjs";
import { useTitle } from "../core/title.mjs";

const types = ["chat", "embedding", "rerank"];

async function read(signal) {
  const [models, defaults] = await Promise.all([get("/models", {}, signal), get("/models/defaults", {}, signal)]);
  return { models: models.map((one) => ({ ...one, id: `${one.type} ${one.model}` })), defaults };
}

export function Page() {
  useTitle(t("models.title"));
  const found = useLoaded(read, []);
  const [adding, add] = useState(false);
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
    row.provider !== "Builtin" && { icon: row.is_on ? "stop" : "play", label: t(row.is_on ? "models.turn_off" : "models.turn_on"), run: done(() => patch("/models", { provider: row.provider, name: row.name, is_on: !row.is_on })) },
    row.base_url && { icon: "trash", label: t("models.delete"), kind: "danger", run: done(() => erase(row)) },
  ];
  const columns = [
    { name: "name", label: t("models.name"), class: "main", cell: (row) => html`<span class="row-link">${row.name}</span>${defaults[row.type] === row.model && html` <span class="chip good">${t("models.default")}</span>`}${!row.is_on && html` <span class="chip">${t("models.off")}</span>`}<small class="quiet clip">${row.provider}${row.base_url && ` · ${row.base_url}`}</small>` },
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
    ${adding && html`<${Addition} onClose=${() => add(false)} onDone=${() => { add(false); found.reload(); }} />`}
  `;
}

// How long it took, or what is wrong.
function Trial({ trial }) {
  if (!trial.ok) return html`<span class="bad-text" title=${trial.error}>${trial.error}</span>`;
  const time = t("models.took", { ms: Math.round(trial.milliseconds) });
  return html`<span class="chip good">${time}${trial.dimensions ? ` · ${t("models.dimensions", { count: trial.dimensions })}` : ""}</span>`;
}

function Addition({ onClose, onDone }) {
  const providers = useLoaded((signal) => get("/models/providers", {}, signal), []);
  const form = useRef(null);
  const [trial, tell] = useState(null);
  const values = () => {
    const given = Object.fromEntries(new FormData(form.current));
    return { ...given, context: Number(given.context) };
  };
  const test = async () => {
    if (!form.current.reportValidity()) return;
    tell(null);
    tell(await post("/models/test", values()));
  };
  const save = async () => {
    if (!form.current.reportValidity()) return;
    await post("/models", values());
    toast(t("models.added"));
    onDone();
  };
  const known = (providers.data ?? []).filter((one) => !one.is_builtin);
  const usual = known.find((one) => one.name === "OpenAI-API-Compatible") ?? known[0];
  return html`<${Dialog} title=${t("models.add")} onClose=${onClose}>
    ${providers.failure && html`<${Trouble} failure=${providers.failure} onRetry=${providers.reload} />`}
    ${providers.data && html`<form ref=${form} class="stack" onSubmit=${(event) => event.preventDefault()}>
      <div class="columns">
        <${Field} label=${t("models.provider")}><select name="provider">${known.map((one) => html`<option key=${one.name} value=${one.name} selected=${one === usual}>${one.name}</option>`)}</select><//>
        <${Field} label=${t("models.type")}><select name="type">${types.map((one) => html`<option key=${one} value=${one}>${t(`models.is_${one}`)}</option>`)}</select><//>
      </div>
      <${Field} label=${t("models.address")} hint=${t("models.address_hint")}><input name="base_url" type="url" maxlength="512" autocomplete="off" spellcheck=${false} placeholder=${t("models.address_example")} /><//>
      <${Field} label=${t("models.name")}><input name="name" required maxlength="200" autocomplete="off" spellcheck=${false} /><//>
      <div class="columns">
        <${Field} label=${t("models.key")}><input name="api_key" type="password" maxlength="4096" autocomplete="off" /><//>
        <${Field} label=${t("models.context")}><input name="context" type="number" min="1" max="2147483647" required defaultValue="8192" /><//>
      </div>
      ${trial && html`<p role="status"><${Trial} trial=${trial} /></p>`}
      <footer class="row end"><${Action} run=${test} icon="play">${t("models.test")}<//><${Action} run=${save} kind="primary">${t("models.save")}<//></footer>
    </form>`}
  <//>`;
}

async function erase(row) {
  const ok = await confirmed({ title: t("models.delete_title", { name: row.name }), text: t("models.delete_text"), action: t("models.delete") });
  if (ok) await remove("/models", { provider: row.provider, name: row.name });
}
