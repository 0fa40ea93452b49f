// Pages, or rows and paragraphs, on the left; chunks on the right. Pointing at one shows the other.

import { Action, Copy, Skeleton } from "../core/widgets.mjs";
import { Sheet, boxesOn, sizeOf } from "./sheet.mjs";
import { Written } from "./written.mjs";
import { ask } from "../core/router.mjs";
import { complain } from "../core/toasts.mjs";
import { get } from "../core/api.mjs";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../core/html.mjs";
import { Icon } from "../core/icons.mjs";
import { t } from "../core/words.mjs";

const size = 25;

// How many elements a chunk may have: few where many chunks are shown, more for the chosen one.
const elements = (view, isChosen) => (isChosen ? 500 : Math.max(16, Math.floor(900 / view.chunks.length)));

export function Reader({ path, view, query, desk, acts, isText, isLoading }) {
  const { chosen } = desk;
  const { pages, problem, isWaiting } = usePages(path, view, query.as === "rows", acts.reload);
  const isLoose = Boolean(pages) && !pages.placed;
  const number = isLoose ? Math.min(Math.max(Number(query.sheet) || chosen?.positions[0]?.[0] || 1, 1), pages.total)
    : view.on_page || chosen?.positions[0]?.[0] || view.chunks.find((one) => one.positions.length)?.positions[0][0] || 1;
  const sheet = pages && query.as !== "rows" && sizeOf(pages.sizes, number);
  const marked = Boolean(query.q);
  const off = { chunk: "", part: "" };
  return html`
    <div class="bar">
      <label class="find"><${Icon} name="search" size="16" /><input type="search" aria-label=${t("reader.find")} placeholder=${t("reader.find")} defaultValue=${query.q ?? ""} onChange=${(event) => ask({ ...off, page: "", source: "", q: event.target.value.trim() })} /></label>
      ${pages?.placed && html`<div class="chips" role="group" aria-label=${t("reader.which")}>
        <button type="button" class="chip" aria-pressed=${view.on_page > 0} onClick=${() => ask({ ...off, q: "", source: "", page: String(number) })}>${t("reader.by_page")}</button>
        <button type="button" class="chip" aria-pressed=${!view.on_page && !query.source && !query.q} onClick=${() => ask({ ...off, q: "", source: "", page: "0" })}>${t("reader.whole")}</button></div>`}
      ${(isLoose || isWaiting) && html`<div class="chips" role="group" aria-label=${t("reader.shown_as")}>${["", "rows"].map((name) => html`<button type="button" class="chip" key=${name} aria-pressed=${(query.as ?? "") === name} onClick=${() => ask({ as: name })}>${t(name ? "reader.as_rows" : "reader.as_pages")}</button>`)}</div>`}
      ${(query.source || query.q) && html`<button type="button" class="link" onClick=${() => ask({ ...off, q: "", source: "", page: "" })}>${t("reader.all")}</button>`}
      <span class="quiet grow end" role="status" aria-busy=${isLoading}>${t("reader.chunks", { count: view.total })}</span>
      <${Pager} view=${view} />
    </div>
    <div class="desk ${isText ? "is-text" : ""}">
      <section class="desk-left" aria-label=${t("reader.file")}>
        ${isLoose && sheet && pages.total > 1 && html`<${Turner} here=${number} last=${pages.total} name=${t("reader.page")} label=${t("reader.pages")} turn=${(to) => ask({ sheet: String(to) }, { replace: true })} />`}
        ${isLoose && sheet && view.pages && chosen && !chosen.positions.length && html`<p class="quiet small" role="status">${t("reader.not_found")}</p>`}
        ${problem && html`<p class="quiet small">${problem}</p>`}
        ${isWaiting && query.as !== "rows" ? html`<div role="status"><p class="quiet small">${t("reader.drawing")}</p><${Skeleton} /></div>`
    : sheet ? html`<${Sheet} path=${path} number=${number} size=${sheet} name=${view.document.name} boxes=${boxesOn(view.chunks, number)} chosen=${chosen?.id} hovered=${desk.hovered} onHover=${desk.hover} onChoose=${desk.choose} />`
    : html`<${Paper} view=${view} desk=${desk} marked=${marked} />`}
      </section>
      ${isText ? html`<${Text} view=${view} marked=${marked} />` : html`<${Chunks} view=${view} desk=${desk} acts=${acts} marked=${marked} />`}
    </div>`;
}

// The pages of the file. Those of an Office file are made when somebody looks, which takes some seconds.
// Then the view tells where chunks stand on them.
function usePages(path, view, isUnwanted, reload) {
  const [made, set] = useState({});
  const again = useRef(reload);
  again.current = reload;
  const isAsked = !view.pages && !view.pages_problem && !isUnwanted;
  useEffect(() => {
    if (!isAsked) return undefined;
    const leaving = new AbortController();
    get(`${path}/pages`, {}, leaving.signal).then((pages) => { set({ pages }); again.current(); }, (failure) => { if (!leaving.signal.aborted) set({ problem: failure.message }); });
    return () => leaving.abort();
  }, [path, isAsked]);
  return { pages: view.pages ?? made.pages, problem: made.problem, isWaiting: !view.pages && !view.pages_problem && !made.pages && !made.problem };
}

// Through the pages of the file, or through the parts of a list.
function Pager({ view }) {
  const parts = Math.ceil(view.total / size) || 1;
  const isPaged = view.on_page > 0;
  const last = isPaged ? view.pages?.total ?? 1 : parts;
  const here = isPaged ? view.on_page : view.part;
  const turn = (to) => { if (to !== here) ask({ chunk: "", ...(isPaged ? { page: String(to), part: "" } : { page: "0", part: String(to) }) }); };
  const part = (to) => ask({ chunk: "", page: String(view.on_page), part: String(to) });
  if (last < 2 && parts < 2) return null;
  return html`<${Turner} here=${here} last=${last} name=${t(isPaged ? "reader.page" : "reader.part")} label=${t("reader.pages")} turn=${turn}>
    ${isPaged && parts > 1 && Array.from({ length: Math.min(parts, 20) }, (_, place) => html`<button type="button" key=${place} class="chip" aria-pressed=${view.part === place + 1} onClick=${() => part(place + 1)}>${place + 1}</button>`)}
  <//>`;
}

function Turner({ here, last, name, label, turn, children }) {
  const to = (place) => { if (place >= 1 && place <= last) turn(place); };
  return html`<nav class="row tight pager" aria-label=${label}>
    <button type="button" class="bare" disabled=${here <= 1} aria-label=${t("reader.back")} onClick=${() => to(here - 1)}><${Icon} name="left" /></button>
    <input type="number" min="1" max=${last} aria-label=${name} key=${here} defaultValue=${here} onChange=${(event) => to(Number(event.target.value))} /><span class="quiet">${t("reader.of", { count: last })}</span>
    <button type="button" class="bare" disabled=${here >= last} aria-label=${t("reader.forward")} onClick=${() => to(here + 1)}><${Icon} name="right" /></button>
    ${children}
  </nav>`;
}

// What there is of a file without pages: its rows and paragraphs.
function Paper({ view, desk, marked }) {
  return html`<div class="paper" tabindex="0" role="group" aria-label=${t("reader.file")}>${view.chunks.map((chunk) => html`<div key=${chunk.id} class="${chunk.id === desk.chosen?.id ? "chosen" : ""} ${chunk.id === desk.hovered ? "hovered" : ""}"
    onMouseEnter=${() => desk.hover(chunk.id)} onMouseLeave=${() => desk.hover(null)} onClick=${() => desk.choose(chunk.id)}><${Written} text=${chunk.content} marked=${marked} most=${elements(view, chunk.id === desk.chosen?.id)} /></div>`)}</div>`;
}

function Text({ view, marked }) {
  const text = view.chunks.map((one) => one.content).join("\n\n");
  return html`<section class="card padded" aria-label=${t("reader.text")}><div class="row end"><${Copy} text=${text} /></div>
    <div class="written">${view.chunks.map((chunk) => html`<${Written} key=${chunk.id} text=${chunk.content} marked=${marked} most=${elements(view, false)} />`)}</div></section>`;
}

function Chunks({ view, desk, acts, marked }) {
  if (!view.chunks.length) return html`<p class="quiet">${t(view.on_page ? "reader.none_here" : "reader.none")}</p>`;
  const first = (view.part - 1) * size;
  return html`<section aria-label=${t("reader.list")}><ol class="chunks">${view.chunks.map((chunk, place) => html`<${Chunk} key=${chunk.id} chunk=${chunk} number=${first + place + 1} most=${elements(view, chunk.id === desk.chosen?.id)} desk=${desk} acts=${acts} marked=${marked} />`)}</ol>
    ${acts.add && html`<div class="row"><button type="button" class="button small" onClick=${acts.add}><${Icon} name="plus" size="16" />${t("reader.add")}</button></div>`}</section>`;
}

function Chunk({ chunk, number, most, desk, acts, marked }) {
  const isChosen = desk.chosen?.id === chunk.id;
  const element = useRef(null);
  useLayoutEffect(() => { if (isChosen) element.current.scrollIntoView({ block: "nearest" }); }, [isChosen]);
  const choose = () => { if (!isChosen && !getSelection().toString()) desk.choose(chunk.id); };
  return html`<li ref=${element} class="chunk ${isChosen ? "chosen" : ""} ${desk.hovered === chunk.id ? "hovered" : ""} ${chunk.available ? "" : "below"}"
      onMouseEnter=${() => desk.hover(chunk.id)} onMouseLeave=${() => desk.hover(null)} onClick=${choose}>
    <div class="row"><button type="button" class="link" aria-pressed=${isChosen} onClick=${choose}>${t("reader.chunk", { number })}</button>
      ${chunk.source !== "parsed" && html`<span class="chip busy">${t(`reader.is_${chunk.source}`)}</span>`}
      ${!chunk.available && html`<span class="chip warn">${t("reader.is_off")}</span>`}
      ${chunk.headings.length > 0 && html`<small class="quiet clip grow">${chunk.headings.join(" › ")}</small>`}</div>
    <div class="written" tabindex="0" role="group" aria-label=${t("reader.chunk_text", { number })}><${Written} text=${chunk.content} marked=${marked} most=${most} /></div>
    ${chunk.important_keywords.length > 0 && html`<div class="row small" aria-label=${t("reader.keywords")} role="group">${chunk.important_keywords.map((one) => html`<span key=${one} class="chip">${one}</span>`)}</div>`}
    ${chunk.questions.length > 0 && html`<ul class="small quiet">${chunk.questions.map((one) => html`<li key=${one}>${one}</li>`)}</ul>`}
    ${isChosen && acts.edit && html`<div class="row acts">
      <${Action} kind="small" icon="edit" run=${async () => acts.edit(chunk)}>${t("reader.edit")}<//>
      <${Action} kind="small" run=${async () => acts.split(chunk)}>${t("reader.split")}<//>
      <${Action} kind="small" run=${() => acts.merge(chunk)}>${t("reader.merge")}<//>
      <${Action} kind="small" run=${() => acts.turn(chunk)}>${t(chunk.available ? "reader.off" : "reader.on")}<//>
      <button type="button" class="bare" aria-label=${t("reader.delete")} title=${t("reader.delete")} onClick=${() => acts.erase(chunk).catch(complain)}><${Icon} name="trash" size="16" /></button>
    </div>`}
  </li>`;
}
