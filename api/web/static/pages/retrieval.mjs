// A test of retrieval: why a chunk was found, what nearly was, and what other settings change.

import { Action, Field, Head, Skeleton, Trouble } from "../core/widgets.mjs";
import { exists, ask, to } from "../core/router.mjs";
import { get, patch, post } from "../core/api.mjs";
import { html, useState } from "../core/html.mjs";
import { Icon } from "../core/icons.mjs";
import { percent } from "../core/format.mjs";
import { measured, recallOf, useQuestions } from "../parts/questions.mjs";
import { t } from "../core/words.mjs";
import { toast } from "../core/toasts.mjs";
import { useLoaded } from "../core/loading.mjs";
import { useTitle } from "../core/title.mjs";

const threshold = "0.2";
const shown = 20;

export function Page({ params, query }) {
  const dataset = useLoaded((signal) => get(`/datasets/${params.dataset}`, {}, signal), [params.dataset]);
  useTitle(t("retrieval.title"));
  const mayChange = dataset.data?.level !== "read";
  // The weight of its vectors is that of its model.
  const weight = dataset.data?.vector_similarity_weight;
  const sides = [
    { threshold: query.threshold ?? threshold, weight: query.weight ?? weight },
    ...(query.other ? [{ threshold: query.threshold2 ?? threshold, weight: query.weight2 ?? weight }] : []),
  ];
  const found = useLoaded(async () => (query.q?.trim() && sides.every((side) => side.weight !== undefined) ? Promise.all(sides.map((side) => search(params.dataset, query.q, side))) : null), [params.dataset, query.q, JSON.stringify(sides)]);
  const questions = useQuestions(params.dataset);
  const asked = query.q?.trim() ?? "";
  const expected = questions.expected(asked);
  const tick = (id) => questions.keep(asked, expected.includes(id) ? expected.filter((one) => one !== id) : [...expected, id]);
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
      <div class="two">${dataset.data && sides.map((side, place) => html`<${Settings} key=${place} side=${side} end=${place ? "2" : ""} />`)}</div>
      <footer class="row">
        <button class="button primary">${t("retrieval.search")}</button>
        <label class="choice"><input type="checkbox" checked=${Boolean(query.other)} onChange=${(event) => ask({ other: event.target.checked ? "1" : "" })} />${t("retrieval.compare")}</label>
      </footer>
    </form>
    ${dataset.failure && html`<${Trouble} failure=${dataset.failure} onRetry=${dataset.reload} />`}
    ${found.failure && html`<${Trouble} failure=${found.failure} onRetry=${found.reload} />`}
    ${(dataset.loading && !dataset.data || found.loading && !found.data && query.q) && html`<${Skeleton} />`}
    ${found.data && html`<div class=${found.data.length > 1 ? "reading" : ""}>
      ${found.data.map((one, place) => html`<${Side} key=${place} found=${one} side=${sides[place]} expected=${expected} onTick=${mayChange && tick} before=${place ? found.data[0] : null} after=${place ? null : found.data[1]} dataset=${params.dataset} />`)}</div>`}
    ${found.data && mayChange && html`<div class="row"><button type="button" class="button" disabled=${questions.kept.some((one) => one.question === asked)} onClick=${() => questions.keep(asked, expected)}><${Icon} name="plus" size="16" />${t("retrieval.keep")}</button></div>`}
    ${questions.failure && html`<${Trouble} failure=${questions.failure} onRetry=${questions.reload} />`}
    ${questions.kept.length > 0 && html`<${Questions} dataset=${params.dataset} questions=${questions} sides=${sides} mayChange=${mayChange} />`}
  `;
}

// Questions that were kept, asked again with the settings of now.
function Questions({ dataset, questions, sides, mayChange }) {
  const [told, tell] = useState({ sides: [], found: {} });
  const settings = sides.map((side) => ({ similarity_threshold: Number(side.threshold), vector_similarity_weight: Number(side.weight) }));
  const run = async () => tell(await measured(dataset, questions.kept, settings, shown));
  const written = (figures) => figures.map((one) => t("retrieval.figures", { recall: percent(one.recall), ndcg: one.ndcg.toFixed(2) })).join(" · ");
  return html`<section class="card padded stack tight" aria-label=${t("retrieval.kept")}>
    <header class="row"><h2>${t("retrieval.kept")}</h2><span class="grow"></span>
      ${told.sides.length > 0 && html`<b role="status">${t("retrieval.mean", { figures: written(told.sides) })}</b>`}
      ${mayChange && html`<${Action} kind="small" icon="play" run=${run}>${t("retrieval.run")}<//>`}</header>
    <p class="small quiet">${t(mayChange ? "retrieval.kept_hint" : "retrieval.kept_read")}</p>
    <ul class="stack tight">${questions.kept.map((one) => html`<li class="row tight" key=${one.id}>
      <button type="button" class="link grow clip" onClick=${() => ask({ q: one.question })}>${one.question}</button>
      <small class="quiet">${t("retrieval.expects", { count: one.chunk_ids.length })}</small>${told.found[one.id] && html`<b>${written(told.found[one.id])}</b>`}
      ${mayChange && html`<button type="button" class="bare" aria-label=${t("retrieval.drop", { text: one.question })} onClick=${() => questions.drop(one)}><${Icon} name="close" size="16" /></button>`}</li>`)}</ul>
  </section>`;
}

// These settings as those of an assistant that reads the dataset.
function Default({ dataset, side }) {
  const [chats, set] = useState(null);
  const look = async () => {
    const found = await get("/chats", { fields: "id,name,dataset_ids", page_size: 200 });
    set(found.filter((one) => one.dataset_ids.includes(dataset)));
  };
  const take = async (chat) => {
    await patch(`/chats/${chat.id}`, { prompt: { similarity_threshold: Number(side.threshold), keywords_similarity_weight: 1 - Number(side.weight) } });
    toast(t("retrieval.taken", { name: chat.name }));
    set(null);
  };
  if (!chats) return html`<div class="row"><${Action} kind="small" icon="check" run=${look}>${t("retrieval.make_default")}<//></div>`;
  return html`<div class="row">${chats.length ? chats.map((chat) => html`<${Action} kind="small" key=${chat.id} run=${() => take(chat)}>${chat.name}<//>`) : html`<p class="small quiet">${t("retrieval.no_assistant")}</p>`}</div>`;
}

function Settings({ side, end }) {
  return html`<fieldset class="row tight"><legend>${t(end ? "retrieval.others" : "retrieval.these")}</legend>
    <${Field} label=${t("retrieval.threshold")}><input name=${`threshold${end}`} type="number" min="0" max="1" step="0.01" required defaultValue=${side.threshold} /><//>
    <${Field} label=${t("retrieval.weight")}><input name=${`weight${end}`} type="number" min="0" max="1" step="0.01" required defaultValue=${side.weight} /><//>
  </fieldset>`;
}

async function search(dataset, question, side) {
  const found = await post("/retrieval", {
    dataset_ids: [dataset], question, page_size: shown, explain: true,
    similarity_threshold: Number(side.threshold), vector_similarity_weight: Number(side.weight),
  });
  const words = question.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  for (const chunk of [...found.chunks, ...found.explanation.below]) for (const one of chunk.matched_terms) one.word = wordOf(words, one.term);
  return found;
}

// The word of the question that a term is the stem of, whose last letter may differ; or else the term.
const wordOf = (words, term) => words.find((word) => word.startsWith(term)) ?? words.find((word) => term.length > 3 && word.startsWith(term.slice(0, -1))) ?? term;

// The found of one side; beside another it says which rows are new, moved or lost.
function Side({ found, side, expected, onTick, before, after, dataset }) {
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
    <p role="status" class="quiet">${t("retrieval.found", { count: found.total })}${expected.length > 0 && html` · <b>${t("retrieval.recall", { recall: percent(recallOf(expected, found.chunks)) })}</b>`}</p>
    <${Default} dataset=${dataset} side=${side} />
    <ol class="chunks">
      ${found.chunks.map((chunk, place) => html`<${Hit} key=${chunk.id} chunk=${chunk} told=${told} change=${changeOf(chunk, place)} isExpected=${expected.includes(chunk.id)} onTick=${onTick} dataset=${dataset} />`)}
      <li class="threshold" key="threshold">${t("retrieval.line", { threshold: told.threshold.toFixed(2) })}</li>
      ${told.below.map((chunk) => html`<${Hit} key=${`below-${chunk.id}`} chunk=${chunk} told=${told} change="" isBelow isExpected=${expected.includes(chunk.id)} onTick=${onTick} dataset=${dataset} />`)}
    </ol>
  </section>`;
}

function Hit({ chunk, told, change, isBelow, isExpected, onTick, dataset }) {
  const vector = told.vector_weight * chunk.vector_similarity;
  const term = told.term_weight * chunk.term_similarity;
  const rank = chunk.similarity - vector - term;
  const two = (value) => value.toFixed(2);
  const sum = `${two(told.vector_weight)} × ${two(chunk.vector_similarity)} + ${two(told.term_weight)} × ${two(chunk.term_similarity)}${Math.abs(rank) > 0.005 ? ` + ${two(rank)}` : ""} = ${two(chunk.similarity)}`;
  const [page] = chunk.positions[0] ?? [];
  const href = exists("document") && to("document", { dataset, document: chunk.document_id }, { page, chunk: chunk.id });
  return html`<li class="chunk ${isBelow ? "below" : ""}">
    <div class="row"><b class="number">${sum}</b>${change && html`<span class="chip busy">${change}</span>`}
      <span class="grow"></span><label class="choice small"><input type="checkbox" checked=${isExpected} disabled=${!onTick} onChange=${() => onTick(chunk.id)} />${t("retrieval.expected")}</label>${href ? html`<a href=${href}>${chunk.document_name}</a>` : chunk.document_name}</div>
    <div class="sum" aria-hidden="true"><span class="by-vector" style=${{ width: `${100 * vector}%` }}></span><span class="by-term" style=${{ width: `${100 * term}%` }}></span><i style=${{ left: `${100 * told.threshold}%` }}></i></div>
    <p class="chunk-text">${chunk.content}</p>
    <div class="chips">${chunk.matched_terms.slice(0, 12).map((one) => html`<span key=${one.term} class="chip">${one.word} ${Math.round(100 * one.weight)} %</span>`)}</div>
  </li>`;
}
