// Search for readers: a question over chosen datasets, and the page that a passage stands on.

import { Empty, Field, Head, Skeleton, Trouble } from "../core/widgets.mjs";
import { get, post } from "../core/api.mjs";
import { html, useRef, useState } from "../core/html.mjs";
import { Dialog } from "../core/dialogs.mjs";
import { Icon } from "../core/icons.mjs";
import { SourcePanel } from "../parts/sources.mjs";
import { Written } from "../parts/written.mjs";
import { ask, to } from "../core/router.mjs";
import { percent } from "../core/format.mjs";
import { t } from "../core/words.mjs";
import { useKeys } from "../core/keys.mjs";
import { useLoaded, useSettled } from "../core/loading.mjs";
import { useTitle } from "../core/title.mjs";

const size = 10;
const most = 1000;
const fields = "id,name,embedding_model,chunk_count";

export function Page({ query }) {
  const q = query.q ?? "";
  useTitle(q || t("search.title"));
  const datasets = useLoaded((signal) => get("/datasets", { fields, orderby: "update_time", page_size: most }, signal), []);
  const listed = (datasets.data ?? []).filter((one) => one.chunk_count > 0);
  const ids = query.in ? query.in.split(",") : usual(listed);
  // Of those that are chosen some may be behind the first thousand.
  const missing = datasets.data?.length === most ? ids.filter((id) => !listed.some((one) => one.id === id)) : [];
  const beyond = useLoaded((signal) => (missing.length ? get("/datasets", { fields, ids: missing, page_size: most }, signal) : []), [missing.join()]);
  const known = [...(beyond.data ?? []), ...listed];
  const number = Number(query.page) || 1;
  const found = useLoaded(async () => (q && ids.length ? { q, ...(await post("/retrieval", { dataset_ids: ids, question: q, page: number, page_size: size, highlight: true })) } : null), [q, ids.join(), number]);
  const [choosing, choose] = useState(false);
  const box = useRef(null);
  useKeys([{ key: "/", label: t("search.ask"), run: () => box.current?.focus() }, { key: "d", label: t("search.choose"), run: () => choose(true) }]);
  const submit = (event) => {
    event.preventDefault();
    ask({ q: box.current.value.trim(), page: "", hit: "" });
  };
  const chunks = found.data?.chunks ?? [];
  const place = chunks.findIndex((one) => one.id === query.hit);
  const open = (at) => ask({ hit: chunks[at].id }, { replace: true });
  if (datasets.failure) return html`<${Head} title=${t("search.title")} /><${Trouble} failure=${datasets.failure} onRetry=${datasets.reload} />`;
  if (datasets.data && !known.length) {
    return html`<${Head} title=${t("search.title")} /><${Empty} icon="search" title=${t("search.nothing_title")} text=${t("search.nothing_text")} command="raglan ingest ./documents --dataset handbook">
      <a class="button primary" href=${to("datasets")}>${t("search.to_datasets")}</a><//>`;
  }
  return html`
    <${Head} title=${t("search.title")} />
    <form class="card stack asking" role="search" onSubmit=${submit}>
      <div class="row tight"><input ref=${box} key=${q} name="q" type="search" required maxlength="4096" autocomplete="off" autofocus=${!q} aria-label=${t("search.ask")} placeholder=${t("search.ask")} defaultValue=${q} />
        <button class="button primary"><${Icon} name="search" size="16" />${t("search.search")}</button></div>
      <div class="row"><span class="quiet">${t("search.in")}</span><button type="button" class="link clip" onClick=${() => choose(true)}>${namesOf(known, ids)}</button></div>
    </form>
    ${found.failure && html`<${Trouble} failure=${found.failure} onRetry=${found.reload} />`}
    ${(!datasets.data || (found.loading && q && found.data?.q !== q)) && html`<${Skeleton} />`}
    ${datasets.data && !q && html`<p class="quiet center">${t("search.begin")}</p>`}
    ${found.data && found.data.q === q && !found.failure && html`<section class="thread ${place >= 0 ? "with-source" : ""}" aria-label=${t("search.results")}>
      <div class="stack tight">
        <p class="quiet" role="status" aria-busy=${found.loading}>${t(found.data.total ? "search.found" : "search.none", { count: found.data.total })}</p>
        <ol class="chunks">${chunks.map((chunk, at) => html`<${Hit} key=${chunk.id} chunk=${chunk} isOpen=${at === place} open=${() => open(at)} />`)}</ol>
        <${Pager} number=${number} last=${Math.ceil(found.data.total / size)} />
      </div>
      ${place >= 0 && html`<${SourcePanel} passages=${chunks} places=${chunks.map((_, at) => at)} place=${place} open=${open} close=${() => ask({ hit: "" }, { replace: true })} />`}
    </section>`}
    ${choosing && html`<${Choice} known=${known} isWhole=${datasets.data.length < most} ids=${ids} onClose=${() => choose(false)} />`}
  `;
}

// All datasets whose chunks can be compared: those with the model that most of them have.
function usual(known) {
  const groups = [...Map.groupBy(known, (one) => one.embedding_model).values()];
  const largest = groups.reduce((best, group) => (group.length > best.length ? group : best), []);
  return largest.map((one) => one.id);
}

function namesOf(known, ids) {
  const chosen = known.filter((one) => ids.includes(one.id));
  return chosen.length > 3 ? t("search.datasets", { count: chosen.length }) : chosen.map((one) => one.name).join(", ") || t("search.choose");
}

function Hit({ chunk, isOpen, open }) {
  const [page] = chunk.positions[0] ?? [];
  const press = () => { if (!getSelection().toString()) open(); };
  return html`<li class="chunk hit ${isOpen ? "chosen" : ""}" onClick=${press}>
    <div class="row"><button type="button" class="link" aria-pressed=${isOpen} onClick=${(event) => { event.stopPropagation(); open(); }}>${chunk.document_name}</button>
      <small class="quiet grow clip">${[page && t("search.page", { page }), ...chunk.headings].filter(Boolean).join(" · ")}</small>
      <span class="chip" title=${t("search.score")}>${percent(chunk.similarity)}</span></div>
    <div class="written short"><${Written} text=${chunk.highlight || chunk.content} marked=${Boolean(chunk.highlight)} most=${40} /></div>
    ${chunk.duplicates.length > 0 && html`<small class="quiet">${t("search.also", { names: chunk.duplicates.slice(0, 5).map((one) => one.document_name).join(", ") })}</small>`}
  </li>`;
}

function Pager({ number, last }) {
  if (last < 2) return null;
  const turn = (page) => ask({ page: String(page), hit: "" });
  return html`<nav class="row center" aria-label=${t("search.pages")}>
    <button type="button" class="button small" disabled=${number <= 1} onClick=${() => turn(number - 1)}><${Icon} name="left" size="16" />${t("search.back")}</button>
    <span class="quiet">${t("search.page_of", { page: number, count: last })}</span>
    <button type="button" class="button small" disabled=${number >= last} onClick=${() => turn(number + 1)}>${t("search.forward")}<${Icon} name="right" size="16" /></button></nav>`;
}

const drawn = 200;

function Choice({ known, isWhole, ids, onClose }) {
  const [chosen, set] = useState(() => new Map(ids.map((id) => [id, known.find((one) => one.id === id) ?? { id, name: id }])));
  const [text, find] = useState("");
  const keywords = useSettled(text).trim();
  const more = useLoaded((signal) => (isWhole || !keywords ? [] : get("/datasets", { fields, keywords, page_size: drawn }, signal)), [keywords, isWhole]);
  const wanted = text.trim().toLowerCase();
  const rows = [...new Map([...known, ...(more.data ?? [])].map((one) => [one.id, one])).values()].filter((one) => one.name.toLowerCase().includes(wanted));
  const shown = rows.slice(0, drawn);
  const turn = (one) => set((old) => { const made = new Map(old); if (!made.delete(one.id)) made.set(one.id, one); return made; });
  const models = new Set([...chosen.values()].map((one) => one.embedding_model).filter(Boolean));
  const done = (event) => {
    event.preventDefault();
    ask({ in: [...chosen.keys()].join(), page: "", hit: "" });
    onClose();
  };
  return html`<${Dialog} title=${t("search.choose")} onClose=${onClose}><form class="stack" onSubmit=${done}>
    ${known.length > 10 && html`<${Field} label=${t("search.find")}><input type="search" value=${text} onInput=${(event) => find(event.target.value)} /><//>`}
    ${more.failure && html`<${Trouble} failure=${more.failure} onRetry=${more.reload} />`}
    <fieldset class="choices" aria-busy=${more.loading}><legend>${t("search.in")}</legend>${shown.map((one) => html`<label key=${one.id} class="choice"><input type="checkbox" checked=${chosen.has(one.id)} onChange=${() => turn(one)} />${one.name}</label>`)}</fieldset>
    ${models.size > 1 && html`<p class="bad-text">${t("search.models")}</p>`}
    <footer class="row end"><button type="button" class="button" onClick=${onClose}>${t("core.cancel")}</button><button class="button primary" disabled=${!chosen.size || models.size > 1}>${t("search.use")}</button></footer>
  </form><//>`;
}
