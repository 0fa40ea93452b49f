// A test of retrieval: why a chunk was found, what nearly was, and what other settings change.

import { Field, Head, Skeleton, Trouble } from "../core/widgets.mjs";
import { exists, ask, to } from "../core/router.mjs";
import { get, post } from "../core/api.mjs";
import { html } from "../core/html.mjs";
import { t } from "../core/words.mjs";
import { useLoaded } from "../core/loading.mjs";
import { useTitle } from "../core/title.mjs";

const usual = { threshold: "0.2", weight: "0.3" };
const shown = 20;

export function Page({ params, query }) {
  const dataset = useLoaded((signal) => get(`/datasets/${params.dataset}`, {}, signal), [params.dataset]);
  useTitle(t("retrieval.title"));
  const sides = [
    { threshold: query.threshold ?? usual.threshold, weight: query.weight ?? usual.weight },
    ...(query.other ? [{ threshold: query.threshold2 ?? usual.threshold, weight: query.weight2 ?? usual.weight }] : []),
  ];
  const found = useLoaded(async () => (query.q?.trim() ? Promise.all(sides.map((side) => search(params.dataset, query.q, side))) : null), [params.dataset, query.q, JSON.stringify(sides)]);
  const submit = (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(event.currentTarget));
    ask({ ...values, other: query.other ?? "" });
  };
  const trail = [[t("datasets.title"), to("datasets")], [dataset.data?.name ?? "…", to("documents", params)]];
  return html`
    <${Head} title=${t("retrieval.title")} trail=${trail} />
    <form class="card stack asking" onSubmit=${submit}>
      <${Field} label=${t("retrieval.question")}><input name="q" type="search" required maxlength="4096" autocomplete="off" defaultValue=${query.q ?? ""} /><//>
      <div class="two">${sides.map((side, place) => html`<${Settings} key=${place} side=${side} end=${place ? "2" : ""} />`)}</div>
      <footer class="row">
        <button class="button primary">${t("retrieval.search")}</button>
        <label class="choice"><input type="checkbox" checked=${Boolean(query.other)} onChange=${(event) => ask({ other: event.target.checked ? "1" : "" })} />${t("retrieval.compare")}</label>
      </footer>
    </form>
    ${found.failure && html`<${Trouble} failure=${found.failure} onRetry=${found.reload} />`}
    ${found.loading && !found.data && query.q && html`<${Skeleton} />`}
    ${found.data && html`<div class=${found.data.length > 1 ? "reading" : ""}>
      ${found.data.map((one, place) => html`<${Side} key=${place} found=${one} before=${place ? found.data[0] : null} after=${place ? null : found.data[1]} dataset=${params.dataset} />`)}</div>`}
  `;
}

function Settings({ side, end }) {
  return html`<fieldset class="row tight"><legend>${t(end ? "retrieval.others" : "retrieval.these")}</legend>
    <${Field} label=${t("retrieval.threshold")}><input name=${`threshold${end}`} type="number" min="0" max="1" step="0.01" required defaultValue=${side.threshold} /><//>
    <${Field} label=${t("retrieval.weight")}><input name=${`weight${end}`} type="number" min="0" max="1" step="0.01" required defaultValue=${side.weight} /><//>
  </fieldset>`;
}

const search = (dataset, question, side) => post("/retrieval", {
  dataset_ids: [dataset], question, page_size: shown, explain: true,
  similarity_threshold: Number(side.threshold), vector_similarity_weight: Number(side.weight),
});

// The found of one side; beside another it says which rows are new, moved or lost.
function Side({ found, before, after, dataset }) {
  const told = found.explanation;
  const places = before && new Map(before.chunks.map((chunk, place) => [chunk.id, place]));
  const kept = after && new Set(after.chunks.map((chunk) => chunk.id));
  const changeOf = (chunk, place) => {
    if (kept) return kept.has(chunk.id) ? "" : t("retrieval.lost");
    if (!places) return "";
    if (!places.has(chunk.id)) return t("retrieval.new");
    const moved = places.get(chunk.id) - place;
    return moved ? t(moved > 0 ? "retrieval.up" : "retrieval.down", { number: Math.abs(moved) }) : "";
  };
  return html`<section class="stack tight" aria-label=${t("retrieval.results")}>
    <p role="status" class="quiet">${t("retrieval.found", { count: found.total })}</p>
    <ol class="chunks">
      ${found.chunks.map((chunk, place) => html`<${Hit} key=${chunk.id} chunk=${chunk} told=${told} change=${changeOf(chunk, place)} dataset=${dataset} />`)}
      <li class="threshold" key="threshold">${t("retrieval.line", { threshold: told.threshold.toFixed(2) })}</li>
      ${told.below.map((chunk) => html`<${Hit} key=${`below-${chunk.id}`} chunk=${chunk} told=${told} change="" isBelow dataset=${dataset} />`)}
    </ol>
  </section>`;
}

function Hit({ chunk, told, change, isBelow, dataset }) {
  const vector = told.vector_weight * chunk.vector_similarity;
  const term = told.term_weight * chunk.term_similarity;
  const rank = chunk.similarity - vector - term;
  const two = (value) => value.toFixed(2);
  const sum = `${two(told.vector_weight)} × ${two(chunk.vector_similarity)} + ${two(told.term_weight)} × ${two(chunk.term_similarity)}${Math.abs(rank) > 0.005 ? ` + ${two(rank)}` : ""} = ${two(chunk.similarity)}`;
  const [page] = chunk.positions[0] ?? [];
  const href = exists("document") && to("document", { dataset, document: chunk.document_id }, { page, chunk: chunk.id });
  return html`<li class="chunk ${isBelow ? "below" : ""}">
    <div class="row"><b class="number">${sum}</b>${change && html`<span class="chip busy">${change}</span>`}
      <span class="grow"></span>${href ? html`<a href=${href}>${chunk.document_name}</a>` : chunk.document_name}</div>
    <div class="sum" aria-hidden="true"><span class="by-vector" style=${{ width: `${100 * vector}%` }}></span><span class="by-term" style=${{ width: `${100 * term}%` }}></span><i style=${{ left: `${100 * told.threshold}%` }}></i></div>
    <p class="chunk-text">${chunk.content}</p>
    <div class="chips">${chunk.matched_terms.slice(0, 12).map((one) => html`<span key=${one.term} class="chip">${one.term} ${Math.round(100 * one.weight)} %</span>`)}</div>
  </li>`;
}
