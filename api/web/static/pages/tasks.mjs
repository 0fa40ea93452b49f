// The tasks: what is parsed, what waits and for what, what failed and why.

import { Action, Empty, Head, Skeleton, Trouble } from "../core/widgets.mjs";
import { Table, useRows } from "../core/list.mjs";
import { ago, moment, percent } from "../core/format.mjs";
import { ask, to } from "../core/router.mjs";
import { html, useState } from "../core/html.mjs";
import { post } from "../core/api.mjs";
import { t } from "../core/words.mjs";
import { usePolling } from "../core/loading.mjs";
import { useTitle } from "../core/title.mjs";

const groups = { "": "", running: "running", pending: "pending", failed: "failed,dead" };
const kinds = { running: "busy", pending: "warn", done: "good", failed: "bad", dead: "bad", cancelled: "" };
const fields = "id,document_id,document_name,dataset_id,dataset_name,part,state,wait,attempts,progress,error,update_time";

export function Page({ query }) {
  useTitle(t("tasks.title"));
  const chosen = query.state in groups ? query.state : "";
  const [known, know] = useState(null);
  const list = useRows("/tasks", { fields, state: groups[chosen], desc: chosen !== "pending" }, {
    size: 50,
    rowsOf: ({ data }) => { know(data); return { rows: data.tasks, total: data.tasks.length }; },
  });
  const counts = known?.counts;
  const many = counts && { running: counts.running, pending: counts.pending, failed: counts.failed + counts.dead };
  usePolling(Boolean(many && many.running + many.pending), list.reload, 2000);
  const act = (row, what) => async () => { await post(`/tasks/${row.id}/${what}`); list.reload(); };
  const columns = [
    { name: "document", label: t("tasks.document"), class: "main", cell: (row) => html`<a class="row-link" href=${to("documents", { dataset: row.dataset_id }, { q: row.document_name })}>${row.document_name || t("tasks.gone")}</a><small class="quiet clip">${row.dataset_name}</small>` },
    { name: "state", label: t("tasks.state"), class: "state", cell: (row) => html`<span class="chip ${kinds[row.state]}">${t(`tasks.is_${row.state}`)}</span>` },
    { name: "told", label: t("tasks.told"), cell: (row) => html`<span class="clip" title=${row.error}>${told(row)}</span>` },
    { name: "changed", label: t("tasks.changed"), class: "wide-only", cell: (row) => html`<span class="quiet" title=${moment(row.update_time)}>${ago(row.update_time)}</span>` },
    { name: "act", label: "", class: "state", cell: (row) => button(row, act) },
  ];
  const nothing = !list.loading && !list.failure && list.rows.length === 0;
  return html`
    <${Head} title=${t("tasks.title")}>${known && html`<span class="chip ${known.workers ? "good" : "bad"}">${t("tasks.workers", { count: known.workers })}</span>`}<//>
    <div class="chips" role="group" aria-label=${t("tasks.filter")}>${Object.keys(groups).map((name) => html`<button type="button" class="chip" key=${name} aria-pressed=${chosen === name} onClick=${() => ask({ state: name })}>${t(`tasks.group_${name || "all"}`)}${many && name ? ` ${many[name]}` : ""}</button>`)}</div>
    ${list.failure && html`<${Trouble} failure=${list.failure} onRetry=${list.reload} />`}
    ${list.loading && list.rows.length === 0 && html`<${Skeleton} />`}
    ${nothing && html`<${Empty} icon="tasks" title=${t("tasks.empty_title")} text=${t("tasks.empty_text")} />`}
    ${list.rows.length > 0 && html`<${Table} rows=${list.rows} total=${list.total} more=${list.more} columns=${columns} label=${t("tasks.title")} />`}
  `;
}

function told(row) {
  const { wait } = row;
  if (row.state === "running") return percent(row.progress);
  if (!wait) return row.error;
  const time = new Date(wait.until).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  if (wait.reason === "later") return `${t("tasks.later", { time })} ${row.error}`;
  if (wait.reason === "no_worker") return t("tasks.no_worker");
  return wait.ahead === null ? t("tasks.far") : t("tasks.ahead", { count: wait.ahead });
}

function button(row, act) {
  const isOpen = row.state === "pending" || row.state === "running";
  if (row.state === "pending" && row.wait.reason === "later") return html`<${Action} kind="small" icon="play" run=${act(row, "retry")}>${t("tasks.now")}<//>`;
  if (isOpen) return html`<${Action} kind="small" icon="stop" run=${act(row, "cancel")}>${t("tasks.cancel")}<//>`;
  return row.state === "done" || !row.document_name ? null : html`<${Action} kind="small" icon="retry" run=${act(row, "retry")}>${t("tasks.retry")}<//>`;
}
