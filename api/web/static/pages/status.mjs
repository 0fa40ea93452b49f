// How the server is: its parts, its workers and the jobs in the background.

import { Action, Head, Skeleton, Trouble } from "../core/widgets.mjs";
import { ago, moment } from "../core/format.mjs";
import { Graph } from "../parts/graph.mjs";
import { useLoaded, usePolling } from "../core/loading.mjs";
import { Table } from "../core/list.mjs";
import { get } from "../core/api.mjs";
import { user } from "../core/start.mjs";
import { hasText, t } from "../core/words.mjs";
import { html } from "../core/html.mjs";
import { useTitle } from "../core/title.mjs";

const parts = ["database", "doc_engine", "storage", "redis", "nacos"];
const colours = { green: "good", red: "bad", unused: "" };

const graphs = ["questions", "done_tasks", "failed_tasks", "waiting", "running"];
const fields = { done_tasks: "done", failed_tasks: "failed" };

// Names of documents are asked for while a worker has one: those that the user may see come.
async function read(signal) {
  const [status, figures] = await Promise.all([get("/system/status", {}, signal), get("/system/figures", {}, signal)]);
  const isBusy = Object.values(status.task_executor_heartbeats).some(([beat]) => beat.current);
  const tasks = isBusy ? (await get("/tasks", { state: "running", page_size: 50 }, signal)).tasks : [];
  return { ...status, minutes: figures.minutes, tasks: new Map(tasks.map((one) => [one.id, one])) };
}

async function download() {
  const text = JSON.stringify(await get("/system/support"), null, 2);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = "raglan-support.json";
  link.click();
  URL.revokeObjectURL(link.href);
}

export function Page() {
  useTitle(t("status.title"));
  const found = useLoaded(read, []);
  usePolling(Boolean(found.data), found.reload, 5000);
  const { data } = found;
  return html`
    <${Head} title=${t("status.title")}>${user.admin && html`<${Action} icon="file" title=${t("status.support_hint")} run=${download}>${t("status.support")}<//>`}<${Action} icon="retry" run=${found.reload}>${t("status.look")}<//><//>
    ${found.failure && html`<${Trouble} failure=${found.failure} onRetry=${found.reload} />`}
    ${!data && !found.failure && html`<${Skeleton} />`}
    ${data && html`<section class="stack"><h2>${t("status.parts")}</h2>
        <${Table} rows=${parts.map((name) => ({ id: name, ...data[name] }))} total=${parts.length} columns=${ofParts()} label=${t("status.parts")} /></section>
      <section class="stack"><h2>${t("status.hour")}</h2>${data.minutes.length ? html`<div class="graphs">${graphs.map((name) => html`<${Graph} key=${name} name=${t(`status.${name}`)} tell=${(now, most) => t("status.graph", { name: t(`status.${name}`), now, most })} points=${data.minutes.map((one) => [one.time, one[fields[name] ?? name]])} />`)}</div>` : html`<p class="quiet">${t("status.no_figures")}</p>`}</section>
      <section class="stack"><h2>${t("status.workers")}</h2>${workers(data.task_executor_heartbeats, data.tasks)}</section>
      <section class="stack"><h2>${t("status.jobs")}</h2>${jobs(data.background_jobs)}</section>`}
  `;
}

function ofParts() {
  return [
    { name: "name", label: t("status.part"), class: "main", cell: (row) => html`<span class="row-link">${t(`status.part_${row.id}`)}</span>${row.error && html`<small class="bad-text">${row.error}</small><small class="quiet">${t(`status.advice_${row.id}`)}</small>`}` },
    { name: "kind", label: t("status.kind"), cell: (row) => html`<span class="quiet">${row.database ?? row.storage ?? row.type}</span>` },
    { name: "state", label: t("status.state"), class: "state", cell: (row) => html`<span class="chip ${colours[row.status]}">${t(`status.is_${row.status}`)}</span>` },
    { name: "elapsed", label: t("status.elapsed"), class: "number", cell: (row) => (row.status === "unused" ? "" : t("status.ms", { ms: Math.round(Number(row.elapsed)) })) },
  ];
}

// What a worker does: the document, and the pages of it, where the user may see it.
function does(task) {
  if (!task) return t("status.parses");
  return task.last_page ? t("status.pages", { name: task.document_name, first: task.first_page, last: task.last_page }) : task.document_name;
}

function workers(beats, tasks) {
  const rows = Object.entries(beats).map(([name, [beat]]) => ({ id: name, ...beat }));
  if (!rows.length) return html`<p class="notice bad" role="alert">${t("status.no_worker")}</p>`;
  const columns = [
    { name: "name", label: t("status.worker"), class: "main", cell: (row) => html`<span class="row-link">${row.id}</span>` },
    { name: "does", label: t("status.does"), cell: (row) => (row.current ? html`<span class="chip busy">${does(tasks.get(row.current.id))}</span>` : html`<span class="quiet">${t("status.waits")}</span>`) },
    { name: "done", label: t("status.done"), class: "number", cell: (row) => row.done },
    { name: "failed", label: t("status.failed"), class: "number", cell: (row) => row.failed },
    { name: "since", label: t("status.since"), class: "wide-only", cell: (row) => html`<span class="quiet" title=${moment(Date.parse(row.boot_at))}>${ago(Date.parse(row.boot_at))}</span>` },
  ];
  return html`<${Table} rows=${rows} total=${rows.length} columns=${columns} label=${t("status.workers")} />`;
}

function jobs(found) {
  const rows = Object.entries(found).map(([name, job]) => ({ id: name, ...job }));
  if (!rows.length) return html`<p class="quiet">${t("status.no_jobs")}</p>`;
  const columns = [
    { name: "name", label: t("status.job"), class: "main", cell: (row) => html`<span class="row-link">${hasText(`status.job_${row.id}`) ? t(`status.job_${row.id}`) : row.id}</span>` },
    { name: "state", label: t("status.state"), cell: (row) => (row.error ? html`<span class="bad-text clip" title=${row.error}>${row.error}</span>` : html`<span class="chip good">${t("status.is_green")}</span>`) },
    { name: "holder", label: t("status.holder"), class: "wide-only", cell: (row) => html`<span class="quiet">${row.worker ?? row.owner ?? ""}</span>` },
    { name: "last", label: t("status.last"), class: "wide-only", cell: (row) => (row.last_run ? html`<span class="quiet" title=${moment(Date.parse(row.last_run))}>${ago(Date.parse(row.last_run))}</span>` : "") },
  ];
  return html`<p class="quiet">${t("status.lease", { holder: rows[0].worker ?? rows[0].owner ?? "" })}</p>
    <${Table} rows=${rows} total=${rows.length} columns=${columns} label=${t("status.jobs")} />`;
}
