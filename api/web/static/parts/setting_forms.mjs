// Changing settings: one of them, what was changed before it is saved, and what was changed before.

import { Action, Field, Form, Skeleton, Trouble } from "../core/widgets.mjs";
import { ago, moment } from "../core/format.mjs";
import { get, patch, post } from "../core/api.mjs";
import { Dialog } from "../core/dialogs.mjs";
import { html } from "../core/html.mjs";
import { t } from "../core/words.mjs";
import { toast } from "../core/toasts.mjs";
import { useLoaded } from "../core/loading.mjs";

export const shown = (value) => (value === "" || value === null || value === undefined ? "—" : String(value));

export const nameOf = (source) => ({
  default: t("setting_forms.default"), environment: t("setting_forms.environment"), database: t("setting_forms.database"),
})[source] ?? source;

// One setting: its value, where it comes from, what would be without it, and another value.
export function Edit({ row, given, onClose, onDone }) {
  const save = (values) => {
    const text = values.value ?? "";
    if (row.secret && text === "") return onClose();
    return onDone(row.name, row.form === "boolean" ? text === "true" : ["integer", "number"].includes(row.form) ? Number(text) : text);
  };
  return html`<${Dialog} title=${row.name} onClose=${onClose}>
    <dl class="facts">
      <dt>${t("setting_forms.now")}</dt><dd><code>${shown(row.value)}</code> <span class="quiet">${nameOf(row.source)}</span></dd>
      ${row.source !== "default" && html`<dt>${t("setting_forms.without")}</dt><dd><code>${shown(row.without)}</code></dd>`}
      ${row.stored_by && html`<dt>${t("setting_forms.set_by")}</dt><dd>${row.stored_by}, <span title=${moment(row.stored_time)}>${ago(row.stored_time)}</span></dd>`}
      <dt>${t("setting_forms.effect")}</dt><dd>${t(row.live ? "setting_forms.live" : "setting_forms.restart")}</dd>
    </dl>
    ${row.locked && html`<p class="notice warn">${t(`setting_forms.locked_${row.locked}`, { variable: row.variable })}</p>`}
    ${!row.locked && html`<${Form} onSubmit=${save} action=${t("setting_forms.take")} onCancel=${onClose}>
      <${Field} label=${t("setting_forms.value")} hint=${row.secret ? t("setting_forms.secret") : undefined}><${Control} row=${row} given=${given ?? row.stored ?? row.value} /><//>
    <//>`}
    ${(given !== undefined || row.stored !== null) && html`<footer class="row end">
      ${given !== undefined && html`<button type="button" class="button" onClick=${() => onDone(row.name, undefined)}>${t("setting_forms.undo")}</button>`}
      ${row.stored !== null && given !== null && html`<button type="button" class="button danger" onClick=${() => onDone(row.name, null)}>${t("setting_forms.unset")}</button>`}
    </footer>`}
  <//>`;
}

function Control({ row, given }) {
  const choices = row.form === "boolean" ? ["true", "false"] : row.choices;
  if (choices.length) {
    return html`<select name="value">${choices.map((one) => html`<option key=${one} value=${one} selected=${String(given) === one}>${one}</option>`)}</select>`;
  }
  if (row.secret) return html`<input name="value" type="password" maxlength="4096" autocomplete="new-password" />`;
  if (row.form === "text") return html`<input name="value" maxlength="4096" autocomplete="off" spellcheck=${false} defaultValue=${given ?? ""} />`;
  return html`<input name="value" type="number" required step=${row.form === "integer" ? 1 : "any"} defaultValue=${given} />`;
}

// What is to be saved: the value of now, and the one after.
export function Review({ rows, changes, version, onClose, onDone }) {
  const save = async () => {
    const saved = await patch("/system/settings", { version, settings: changes });
    toast(saved.waits.length ? t("setting_forms.saved_waits", { names: saved.waits.join(", ") }) : t("setting_forms.saved"));
    onDone();
  };
  const known = new Map(rows.map((row) => [row.name, row]));
  const after = (row, value) => (value === null ? shown(row.source === "database" ? row.without : row.value) : row.secret ? "********" : shown(value));
  return html`<${Dialog} title=${t("setting_forms.review")} onClose=${onClose} wide>
    <${Form} onSubmit=${save} action=${t("setting_forms.save")} onCancel=${onClose}>
      <table class="diff"><thead><tr><th scope="col">${t("setting_forms.name")}</th><th scope="col">${t("setting_forms.before")}</th><th scope="col">${t("setting_forms.after")}</th></tr></thead>
        <tbody>${Object.entries(changes).map(([name, value]) => html`<tr key=${name}>
          <td><code>${name}</code>${!known.get(name).live && html` <span class="chip warn">${t("setting_forms.restart")}</span>`}</td>
          <td><del>${shown(known.get(name).value)}</del></td><td><ins>${after(known.get(name), value)}</ins></td></tr>`)}</tbody></table>
    <//>
  <//>`;
}

// The changes that were made, and going back to before one of them.
export function History({ version, onClose, onDone }) {
  const found = useLoaded((signal) => get("/system/settings/history", { page_size: 50 }, signal), []);
  const back = async (target) => {
    await post(`/system/settings/history/${target}/restore`, { version });
    toast(t("setting_forms.went_back"));
    onDone();
  };
  return html`<${Dialog} title=${t("setting_forms.history")} onClose=${onClose} wide>
    ${found.failure && html`<${Trouble} failure=${found.failure} onRetry=${found.reload} />`}
    ${!found.data && !found.failure && html`<${Skeleton} />`}
    ${found.data?.total === 0 && html`<p class="quiet">${t("setting_forms.no_history")}</p>`}
    ${found.data?.changes.map((one) => html`<section key=${one.version} class="stack" aria-label=${t("setting_forms.version", { version: one.version })}>
      <div class="row"><div class="grow"><b>${one.author}</b> <span class="quiet" title=${moment(one.time)}>${ago(one.time)}</span>${one.what && html` <span class="chip">${one.what}</span>`}</div>
        <${Action} kind="small" run=${() => back(one.version - 1)}>${t("setting_forms.take_back")}<//></div>
      <table class="diff"><tbody>${one.changes.map((row) => html`<tr key=${row.name}><td><code>${row.name}</code></td><td><del>${shown(row.before)}</del></td><td><ins>${shown(row.after)}</ins></td></tr>`)}</tbody></table>
    </section>`)}
  <//>`;
}
