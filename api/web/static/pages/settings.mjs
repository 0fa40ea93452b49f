// The settings of the server: what each is, where it comes from, and what would change it.

import { Head, Skeleton, Trouble } from "../core/widgets.mjs";
import { html, useRef } from "../core/html.mjs";
import { Icon } from "../core/icons.mjs";
import { Table } from "../core/list.mjs";
import { ask } from "../core/router.mjs";
import { get } from "../core/api.mjs";
import { t } from "../core/words.mjs";
import { useKeys } from "../core/keys.mjs";
import { useLoaded } from "../core/loading.mjs";
import { useTitle } from "../core/title.mjs";

export function Page({ query }) {
  useTitle(t("settings.title"));
  const found = useLoaded((signal) => get("/system/settings", {}, signal), []);
  const find = useRef(null);
  useKeys([{ key: "/", label: t("settings.find"), run: () => find.current?.focus() }]);
  const all = (found.data?.settings ?? []).map((one) => ({ ...one, id: one.name }));
  const wanted = (query.q ?? "").toLowerCase();
  const rows = all.filter((one) => `${one.name} ${one.variable}`.toLowerCase().includes(wanted)
    && (query.changed !== "1" || one.source !== "default"));
  const columns = [
    { name: "name", label: t("settings.name"), class: "main", cell: (row) => html`<code class="row-link">${row.name}</code><small class="quiet clip">${row.variable}</small>` },
    { name: "value", label: t("settings.value"), cell: (row) => html`<code class="clip" title=${shown(row.value)}>${shown(row.value)}</code>` },
    { name: "source", label: t("settings.source"), class: "wide-only", cell: (row) => html`<span class="chip ${row.source === "default" ? "" : "busy"}" title=${row.set_in.join(" → ")}>${row.source === "default" ? t("settings.default") : row.source === "environment" ? t("settings.environment") : row.source}</span>` },
    { name: "live", label: t("settings.effect"), class: "wide-only", cell: (row) => (row.waits ? html`<span class="chip warn">${t("settings.waits")}</span>` : html`<span class="quiet">${t(row.live ? "settings.live" : "settings.restart")}</span>`) },
  ];
  return html`
    <${Head} title=${t("settings.title")}>
      <label class="find"><${Icon} name="search" size="16" /><input ref=${find} type="search" aria-label=${t("settings.find")} placeholder=${t("settings.find")} value=${query.q ?? ""} onInput=${(event) => ask({ q: event.target.value }, { replace: true })} /></label>
      <button type="button" class="button" aria-pressed=${query.changed === "1"} onClick=${() => ask({ changed: query.changed === "1" ? "" : "1" })}>${t(query.changed === "1" ? "settings.all" : "settings.changed")}</button>
    <//>
    ${found.failure && html`<${Trouble} failure=${found.failure} onRetry=${found.reload} />`}
    ${!found.data && !found.failure && html`<${Skeleton} />`}
    ${found.data?.problem && html`<p class="notice bad" role="alert">${t("settings.problem", { problem: found.data.problem })}</p>`}
    ${rows.length > 0 && html`<${Table} rows=${rows} total=${rows.length} columns=${columns} label=${t("settings.title")} />`}
    ${found.data && rows.length === 0 && html`<p class="quiet center">${t("settings.none")}</p>`}
  `;
}

const shown = (value) => (value === "" || value === null ? "—" : String(value));
