// The settings of the server: what each is, where it comes from, and changing them.

import { Head, Skeleton, Trouble } from "../core/widgets.mjs";
import { html, useLayoutEffect, useRef, useState } from "../core/html.mjs";
import { ask, guardLeaving } from "../core/router.mjs";
import { Icon } from "../core/icons.mjs";
import { Table } from "../core/list.mjs";
import { confirmed } from "../core/dialogs.mjs";
import { get } from "../core/api.mjs";
import { t } from "../core/words.mjs";
import { useKeys } from "../core/keys.mjs";
import { useLoaded } from "../core/loading.mjs";
import { useTitle } from "../core/title.mjs";
import { Edit, History, Review, nameOf, shown } from "../parts/setting_forms.mjs";

export function Page({ query }) {
  useTitle(t("settings.title"));
  const found = useLoaded((signal) => get("/system/settings", {}, signal), []);
  const [changes, change] = useState({});
  const [open, show] = useState(null);
  const find = useRef(null);
  const count = Object.keys(changes).length;
  useKeys([{ key: "/", label: t("settings.find"), run: () => find.current?.focus() }]);
  useLayoutEffect(() => guardLeaving(() => !count
    || confirmed({ title: t("settings.leave_title"), text: t("settings.leave_text"), action: t("settings.leave") })), [count]);
  const all = (found.data?.settings ?? []).map((one) => ({ ...one, id: one.name }));
  const wanted = (query.q ?? "").toLowerCase();
  const rows = all.filter((one) => `${one.name} ${one.variable}`.toLowerCase().includes(wanted)
    && (query.changed !== "1" || one.source !== "default"));
  const close = () => show(null);
  const done = () => { change({}); close(); found.reload(); };
  const put = (name, value) => {
    const { [name]: _, ...rest } = changes;
    change(value === undefined ? rest : { ...changes, [name]: value });
    close();
  };
  return html`
    <${Head} title=${t("settings.title")}>
      <label class="find"><${Icon} name="search" size="16" /><input ref=${find} type="search" aria-label=${t("settings.find")} placeholder=${t("settings.find")} value=${query.q ?? ""} onInput=${(event) => ask({ q: event.target.value }, { replace: true })} /></label>
      <button type="button" class="button" aria-pressed=${query.changed === "1"} onClick=${() => ask({ changed: query.changed === "1" ? "" : "1" })}>${t(query.changed === "1" ? "settings.all" : "settings.changed")}</button>
      ${found.data && html`<button type="button" class="button" onClick=${() => show({ history: true })}>${t("settings.history")}</button>`}
      ${count > 0 && html`<button type="button" class="button" onClick=${() => change({})}>${t("settings.discard")}</button>
        <button type="button" class="button primary" onClick=${() => show({ review: true })}>${t("settings.review", { count })}</button>`}
    <//>
    ${found.failure && html`<${Trouble} failure=${found.failure} onRetry=${found.reload} />`}
    ${!found.data && !found.failure && html`<${Skeleton} />`}
    ${found.data?.problem && html`<p class="notice bad" role="alert">${t("settings.problem", { problem: found.data.problem })}</p>`}
    ${rows.length > 0 && html`<${Table} rows=${rows} total=${rows.length} columns=${columns(changes, (row) => show({ row }))} label=${t("settings.title")} />`}
    ${found.data && rows.length === 0 && html`<p class="quiet center">${t("settings.none")}</p>`}
    ${open?.row && html`<${Edit} row=${open.row} given=${changes[open.row.name]} onClose=${close} onDone=${put} />`}
    ${open?.review && html`<${Review} rows=${all} changes=${changes} version=${found.data.version} onClose=${close} onDone=${done} />`}
    ${open?.history && html`<${History} version=${found.data.version} onClose=${close} onDone=${done} />`}
  `;
}

function columns(changes, edit) {
  return [
    { name: "name", label: t("settings.name"), class: "main", cell: (row) => html`<code class="row-link">${row.name}</code><small class="quiet clip">${row.variable}</small>` },
    { name: "value", label: t("settings.value"), cell: (row) => html`<code class="clip" title=${shown(row.value)}>${shown(row.value)}</code>${row.name in changes && html` <span class="chip warn">${t("settings.unsaved")}</span>`}` },
    { name: "source", label: t("settings.source"), class: "wide-only", cell: (row) => html`<span class="chip ${row.source === "default" ? "" : "busy"}" title=${row.set_in.join(" → ")}>${nameOf(row.source)}</span>` },
    { name: "live", label: t("settings.effect"), class: "wide-only", cell: (row) => (row.waits ? html`<span class="chip warn">${t("settings.waits")}</span>` : html`<span class="quiet">${t(row.live ? "settings.live" : "settings.restart")}</span>`) },
    { name: "edit", label: "", class: "actions", cell: (row) => html`<button type="button" class="bare" aria-label=${t("settings.edit", { name: row.name })} onClick=${() => edit(row)}><${Icon} name=${row.locked ? "eye" : "edit"} size="16" /></button>` },
  ];
}
