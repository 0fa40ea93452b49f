// What became of the runs of a document: stages, seconds, attempts and remarks.

import { Skeleton, Trouble } from "../core/widgets.mjs";
import { count, moment, seconds } from "../core/format.mjs";
import { get } from "../core/api.mjs";
import { html } from "../core/html.mjs";
import { t } from "../core/words.mjs";
import { useLoaded } from "../core/loading.mjs";

const stages = ["parsing", "embedding", "storing", "indexing"];
const kinds = { running: "busy", pending: "warn", done: "good", failed: "bad", dead: "bad", cancelled: "" };
const most = 50;

export function Timeline({ path, stamp }) {
  const found = useLoaded((signal) => get(`${path}/timeline`, {}, signal), [path, stamp]);
  if (found.failure) return html`<${Trouble} failure=${found.failure} onRetry=${found.reload} />`;
  if (!found.data) return html`<${Skeleton} />`;
  const { tasks } = found.data;
  if (!tasks.length) return html`<p class="quiet">${t("timeline.none")}</p>`;
  return html`<ol class="chunks">${tasks.slice(0, most).map((task) => html`<${Run} key=${task.id} task=${task} />`)}</ol>
    ${tasks.length > most && html`<p class="quiet">${t("timeline.more", { count: tasks.length - most })}</p>`}`;
}

function Run({ task }) {
  const whole = stages.reduce((sum, stage) => sum + (task.seconds[stage] ?? 0), 0);
  const facts = [
    [t("timeline.waited"), seconds(task.waited)], [t("timeline.used"), seconds(task.used)], [t("timeline.computed"), seconds(task.computed)],
    [t("timeline.attempts"), count(task.attempts)], [t("timeline.chunks"), count(task.chunk_count)], [t("timeline.worker"), task.worker || "–"],
  ];
  return html`<li class="chunk stack tight">
    <div class="row"><span class="chip ${kinds[task.state]}">${t(`timeline.is_${task.state}`)}</span>
      <b>${moment(task.queued_time)}</b>${task.last_page > 0 && html`<span class="quiet">${t("timeline.pages", { first: task.first_page, last: task.last_page })}</span>`}</div>
    ${whole > 0 && html`<div class="stages" role="img" aria-label=${stages.map((stage) => `${t(`timeline.${stage}`)} ${seconds(task.seconds[stage] ?? 0)}`).join(", ")}>
      ${stages.map((stage) => html`<span key=${stage} class=${stage} style=${{ flexGrow: `${task.seconds[stage] ?? 0}` }}></span>`)}</div>
    <div class="row small">${stages.map((stage) => html`<span key=${stage} class="stage ${stage}">${t(`timeline.${stage}`)} ${seconds(task.seconds[stage] ?? 0)}</span>`)}</div>`}
    <dl class="scores">${facts.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
    ${task.remarks.length > 0 && html`<ul class="small quiet remarks">${task.remarks.slice(-20).map((remark, place) => html`<li key=${place}>${remark}</li>`)}</ul>`}
    ${task.error && html`<p class="bad-text">${task.error}</p>`}
  </li>`;
}
