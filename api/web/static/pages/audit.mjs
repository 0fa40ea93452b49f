// The audit log: who has done what, for administrators.

import { Empty, Head, Skeleton, Trouble } from "../core/widgets.mjs";
import { Table, useRows } from "../core/list.mjs";
import { ago, moment } from "../core/format.mjs";
import { html, useRef, useState } from "../core/html.mjs";
import { Dialog } from "../core/dialogs.mjs";
import { Icon } from "../core/icons.mjs";
import { ask } from "../core/router.mjs";
import { t } from "../core/words.mjs";
import { useKeys } from "../core/keys.mjs";
import { useSettled } from "../core/loading.mjs";
import { useTitle } from "../core/title.mjs";

const kinds = ["", "sign_in", "people", "permissions", "keys", "settings", "models", "sharing", "request"];
const outcomes = { done: "good", refused: "warn", failed: "bad" };

export function Page({ query }) {
  useTitle(t("audit.title"));
  const user = useSettled(query.q ?? "");
  const kind = kinds.includes(query.kind) ? query.kind : "";
  const list = useRows("/system/audit", { kind, user }, {
    size: 50,
    rowsOf: ({ data }) => ({ rows: data.entries, total: data.entries.length }),
  });
  const [open, show] = useState(null);
  const find = useRef(null);
  useKeys([{ key: "/", label: t("audit.find"), run: () => find.current?.focus() }]);
  const nothing = !list.loading && !list.failure && list.rows.length === 0;
  return html`
    <${Head} title=${t("audit.title")}>
      <label class="find"><${Icon} name="search" size="16" /><input ref=${find} type="search" aria-label=${t("audit.find")} placeholder=${t("audit.find")} value=${query.q ?? ""} onInput=${(event) => ask({ q: event.target.value }, { replace: true })} /></label>
    <//>
    <div class="chips" role="group" aria-label=${t("audit.filter")}>${kinds.map((name) => html`<button type="button" class="chip" key=${name} aria-pressed=${kind === name} onClick=${() => ask({ kind: name })}>${t(`audit.kind_${name || "all"}`)}</button>`)}</div>
    ${list.failure && html`<${Trouble} failure=${list.failure} onRetry=${list.reload} />`}
    ${list.loading && list.rows.length === 0 && html`<${Skeleton} />`}
    ${nothing && html`<${Empty} icon="eye" title=${t("audit.empty_title")} text=${t("audit.empty_text")} />`}
    ${list.rows.length > 0 && html`<${Table} rows=${list.rows} total=${list.rows.length} more=${list.more} columns=${columns(show)} label=${t("audit.title")} />`}
    ${open && html`<${Dialog} title=${open.action} onClose=${() => show(null)}><pre class="clip-none">${JSON.stringify(open, null, 2)}</pre><//>`}
  `;
}

const columns = (show) => [
  { name: "what", label: t("audit.what"), class: "main", cell: (row) => html`<button type="button" class="row-link" onClick=${() => show(row)}>${row.action}</button><small class="quiet clip">${row.method} ${row.path}</small>` },
  { name: "who", label: t("audit.who"), cell: (row) => html`<span class="clip">${row.user || t("audit.nobody")}</span>` },
  { name: "from", label: t("audit.from"), class: "wide-only", cell: (row) => html`<span class="quiet" title=${row.agent}>${row.address}</span>` },
  { name: "outcome", label: t("audit.outcome"), class: "state", cell: (row) => html`<span class="chip ${outcomes[row.outcome]}">${t(`audit.is_${row.outcome}`)}</span>` },
  { name: "when", label: t("audit.when"), class: "wide-only", cell: (row) => html`<span class="quiet" title=${moment(row.time)}>${ago(row.time)}</span>` },
];
