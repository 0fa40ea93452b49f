// The chunks that a document would get by settings that are not kept yet, beside the form of these.

import { Field, Skeleton, Trouble } from "../core/widgets.mjs";
import { Sheet, boxesOn, sizeOf } from "./sheet.mjs";
import { get, post } from "../core/api.mjs";
import { useLoaded, useSettled } from "../core/loading.mjs";
import { html, useState } from "../core/html.mjs";
import { t } from "../core/words.mjs";

const most = 12;

// `settings` are the chunk method and the parser's configuration, as a change of the document takes them.
export function LiveCut({ dataset, settings }) {
  const [isOpen, open] = useState(false);
  return html`<aside class="card padded stack tight live-cut" aria-label=${t("cut.title")}>
    <h2>${t("cut.title")}</h2>
    ${isOpen ? html`<${Documents} dataset=${dataset} settings=${settings} />` : html`<p class="small quiet">${t("cut.hint")}</p>
      <div><button type="button" class="button" onClick=${() => open(true)}>${t("cut.show")}</button></div>`}
  </aside>`;
}

function Documents({ dataset, settings }) {
  const path = `/datasets/${dataset}/documents`;
  const list = useLoaded(async (signal) => (await get(path, { fields: "id,name", page_size: 50 }, signal)).docs, [path]);
  const [id, choose] = useState("");
  const document = list.data?.find((one) => one.id === id) ?? list.data?.[0];
  return html`
    ${list.failure && html`<${Trouble} failure=${list.failure} onRetry=${list.reload} />`}
    ${list.data?.length === 0 && html`<p class="quiet">${t("cut.nothing")}</p>`}
    ${document && html`<${Field} label=${t("cut.document")}><select value=${document.id} onChange=${(event) => choose(event.target.value)}>${list.data.map((one) => html`<option key=${one.id} value=${one.id}>${one.name}</option>`)}</select><//>
      <${Cut} key=${document.id} path=${`${path}/${document.id}`} name=${document.name} settings=${settings} />`}
  `;
}

function Cut({ path, name, settings }) {
  const [page, turn] = useState(1);
  const [hovered, hover] = useState(null);
  const asked = useSettled(JSON.stringify(settings), 400);
  const view = useLoaded((signal) => get(`${path}/view`, { page_size: 1 }, signal), [path]);
  const pages = view.data?.pages?.placed ? view.data.pages : null;
  const total = pages?.total ?? 0;
  const cut = useLoaded(async (signal) => (view.data || view.failure ? post(`${path}/preview`, { ...JSON.parse(asked), limit: most, ...(total && { first_page: page, last_page: page }) }, signal) : undefined), [path, asked, page, total, view.loading]);
  const chunks = (cut.data?.chunks ?? []).map((one, id) => ({ ...one, id }));
  const size = total && sizeOf(pages.sizes, page);
  return html`
    ${total > 1 && html`<${Field} label=${t("cut.page", { total })}><input type="number" min="1" max=${total} value=${page} onInput=${(event) => turn(Math.min(total, Math.max(1, Number(event.target.value) || 1)))} /><//>`}
    ${size && html`<${Sheet} path=${path} number=${page} size=${size} name=${name} boxes=${boxesOn(chunks, page)} hovered=${hovered} onHover=${hover} />`}
    ${cut.failure ? html`<${Trouble} failure=${cut.failure} onRetry=${cut.reload} />` : !cut.data && html`<${Skeleton} rows=${3} />`}
    ${cut.data && html`<p role="status" class="quiet small" aria-busy=${cut.loading}>${t(cut.data.more ? "cut.more" : "cut.all", { count: chunks.length })}</p>
      <ol class="chunks">${chunks.map((one) => html`<li key=${one.id} class="chunk ${one.id === hovered ? "hovered" : ""}" onMouseEnter=${() => hover(one.id)} onMouseLeave=${() => hover(null)}>
        ${one.headings.length > 0 && html`<small class="quiet">${one.headings.join(" › ")}</small>`}<p class="chunk-text">${one.content}</p></li>`)}</ol>`}
  `;
}
