// What an answer cites: the passage, and the page of the file with a box around it.

import { Sheet, boxesOn, sizeOf } from "./sheet.mjs";
import { html, useEffect, useState } from "../core/html.mjs";
import { Icon } from "../core/icons.mjs";
import { get } from "../core/api.mjs";
import { to } from "../core/router.mjs";
import { percent } from "../core/format.mjs";
import { t } from "../core/words.mjs";
import { useKeys } from "../core/keys.mjs";
import { user } from "../core/start.mjs";

// The places of passages that an answer cites, each once, in the order of the text.
export function cited(text, passages) {
  const found = [...text.matchAll(/\[ID:(\d+)\]/g)].map((one) => Number(one[1]));
  return [...new Set(found)].filter((place) => place < passages.length);
}

const pagesOf = (passage) => [...new Set(passage.positions.map((box) => box[0]))].sort((a, b) => a - b);

// Files whose pages are made when somebody looks, and whose passages are found there by their words.
const office = /\.(do[ct][xm]?|rtf|f?od[pst]|ot[pst]|xl[st][bmx]?|wp[dst]|wri|s[tx][cw]|ett?|pages)$/i;

const origin = (passage) => {
  const pages = pagesOf(passage);
  return pages.length ? t("sheet.page", { page: pages[0] }) : "";
};

// A number in the text; what is behind it is told when somebody points at it.
export function Citation({ place, passage, open, isOpen }) {
  const [box, show] = useState(null);
  const point = (event) => {
    const { left, bottom, top } = event.currentTarget.getBoundingClientRect();
    const below = bottom < innerHeight - 220;
    show({ left: `${Math.max(8, Math.min(left, innerWidth - 348))}px`, ...(below ? { top: `${bottom + 6}px` } : { bottom: `${innerHeight - top + 6}px` }) });
  };
  const leave = () => show(null);
  return html`<span class="cite"><button type="button" aria-pressed=${isOpen} aria-label=${t("sources.cited", { number: place + 1, name: passage.document_name })}
      onMouseEnter=${point} onMouseLeave=${leave} onFocus=${point} onBlur=${leave} onClick=${() => { leave(); open(place); }}>${place + 1}</button>
    ${box && html`<span class="hover" role="tooltip" style=${box}>
      <b class="clip">${passage.document_name}</b>
      <small class="quiet">${[origin(passage), t("sources.score", { score: percent(passage.similarity) })].filter(Boolean).join(" · ")}</small>
      <span class="excerpt">${passage.content.slice(0, 400)}</span></span>`}</span>`;
}

// The panel beside an answer; `n` and `p` go through what it cites.
export function SourcePanel({ passages, places, place, open, close }) {
  const passage = passages[place];
  const index = places.indexOf(place);
  const step = (by) => open(places[(index + by + places.length) % places.length]);
  useKeys([
    { key: "n", label: t("sources.next"), run: () => step(1) },
    { key: "p", label: t("sources.previous"), run: () => step(-1) },
    { key: "Escape", label: t("sources.close"), run: close },
  ], [place, places.join()]);
  return html`<aside class="source card" aria-label=${t("sources.title")}>
    <header class="row tight"><span class="cite-number">${place + 1}</span>
      <div class="grow">${user ? html`<a class="row-link clip" href=${documentOf(passage)}>${passage.document_name}</a>` : html`<b class="clip">${passage.document_name}</b>`}
        <small class="quiet">${[origin(passage), t("sources.score", { score: percent(passage.similarity) })].filter(Boolean).join(" · ")}</small></div>
      ${places.length > 1 && html`<button type="button" class="bare" aria-label=${t("sources.previous")} title=${t("sources.previous")} onClick=${() => step(-1)}><${Icon} name="left" /></button>
      <button type="button" class="bare" aria-label=${t("sources.next")} title=${t("sources.next")} onClick=${() => step(1)}><${Icon} name="right" /></button>`}
      <button type="button" class="bare" aria-label=${t("sources.close")} onClick=${close}><${Icon} name="close" /></button>
    </header>
    <${PagePicture} key=${passage.id} passage=${passage} />
    <blockquote class="passage" tabindex="0">${passage.content}</blockquote>
    <dl class="scores">${[["vector", passage.vector_similarity], ["term", passage.term_similarity]].map(([name, score]) => html`<div key=${name}><dt>${t(`sources.${name}`)}</dt><dd>${percent(score ?? 0)}</dd></div>`)}</dl>
  </aside>`;
}

// The page of the document, with the passage chosen.
const documentOf = (passage) => to("document", { dataset: passage.dataset_id, document: passage.document_id }, { chunk: passage.id });

// The picture of a page with the boxes of the passage; nothing where the file has no pages.
function PagePicture({ passage }) {
  const path = `/datasets/${passage.dataset_id}/documents/${passage.document_id}`;
  const isSought = !passage.positions.length && office.test(passage.document_name);
  const isAsked = isSought || passage.positions.length > 0;
  const [found, set] = useState(null);
  const [at, turn] = useState(0);
  useEffect(() => {
    if (!isAsked) return undefined;
    const leaving = new AbortController();
    get(`${path}/pages`, isSought ? { chunk_id: passage.id } : {}, leaving.signal).then(set, () => set({ sizes: [] }));
    return () => leaving.abort();
  }, [path]);
  if (isSought && !found) return html`<p class="quiet small" role="status">${t("sources.drawing")}</p>`;
  const seen = { ...passage, positions: found?.positions ?? passage.positions };
  const pages = pagesOf(seen);
  const number = pages[at] ?? 1;
  const size = found && sizeOf(found.sizes, number);
  if (!size) return null;
  return html`<figure class="sheet">
    ${!pages.length && html`<p class="quiet small" role="status">${t("sources.not_found")}</p>`}
    <${Sheet} path=${path} number=${number} size=${size} name=${passage.document_name} boxes=${boxesOn([seen], number)} chosen=${passage.id} />
    ${pages.length > 1 && html`<figcaption class="row center">${pages.map((page, index) => html`<button type="button" class="chip" key=${page} aria-pressed=${index === at} onClick=${() => turn(index)}>${t("sheet.page", { page })}</button>`)}</figcaption>`}
  </figure>`;
}
