// Further options of how the documents of a dataset are read and cut: most datasets need none.

import { Field, Skeleton, Trouble } from "../core/widgets.mjs";
import { html, useState } from "../core/html.mjs";
import { get } from "../core/api.mjs";
import { t } from "../core/words.mjs";
import { useLoaded } from "../core/loading.mjs";

// What counts where nothing is kept.
const initial = {
  toc_extraction: false, table_context_size: 0, image_context_size: 0, filename_embd_weight: null, pages: null, task_page_size: null, topn_tags: 3, tag_kb_ids: [],
};

export function CutOptions({ dataset }) {
  const options = { ...initial, ...dataset.parser_config };
  const [isOpen, open] = useState(false);
  const number = (name, most, step = 1) => html`<${Field} label=${t(`cut_options.${name}`)} hint=${t(`cut_options.about_${name}`)}><input name=${name} type="number" required min="0" max=${most} step=${step} defaultValue=${options[name] ?? 0} /><//>`;
  return html`<details onToggle=${(event) => open(event.currentTarget.open)}><summary>${t("cut_options.title")}</summary><div class="stack">
    <label class="choice"><input type="checkbox" name="toc_extraction" defaultChecked=${options.toc_extraction} /><span>${t("cut_options.contents")}</span></label>
    <div class="two">
      ${number("table_context_size", 256)}${number("image_context_size", 256)}${number("filename_embd_weight", 1, 0.05)}
      <${Field} label=${t("cut_options.pagerank")} hint=${t("cut_options.about_pagerank")}><input name="pagerank" type="number" required min="0" max="100" defaultValue=${dataset.pagerank} /><//>
      <${Field} label=${t("cut_options.pages")} hint=${t("cut_options.about_pages")}><input name="pages" pattern="\\s*([0-9]+(\\s*-\\s*[0-9]+)?(\\s*,\\s*[0-9]+(\\s*-\\s*[0-9]+)?)*)?\\s*" autocomplete="off" spellcheck=${false} defaultValue=${(options.pages ?? []).map(([from, to]) => (from === to ? from : `${from}-${to}`)).join(", ")} /><//>
      <${Field} label=${t("cut_options.task_pages")} hint=${t("cut_options.about_task_pages")}><input name="task_page_size" type="number" min="1" defaultValue=${options.task_page_size ?? ""} /><//>
    </div>
    ${isOpen && html`<${Tags} options=${options} />`}
  </div></details>`;
}

// The sets of tags from which chunks get theirs; unless somebody has seen them they stay as they are.
function Tags({ options }) {
  const sets = useLoaded(async (signal) => (await get("/datasets", { fields: "id,name,chunk_method", page_size: 1000 }, signal)).filter((one) => one.chunk_method === "tag"), []);
  if (sets.failure) return html`<${Trouble} failure=${sets.failure} onRetry=${sets.reload} />`;
  if (!sets.data) return html`<${Skeleton} rows=${2} />`;
  if (!sets.data.length) return html`<p class="small quiet">${t("cut_options.no_tags")}</p>`;
  return html`<fieldset class="choices"><legend>${t("cut_options.tags")}</legend><input type="hidden" name="tags" value="shown" />
      <p class="small quiet">${t("cut_options.about_tags")}</p>
      ${sets.data.map((one) => html`<label class="choice" key=${one.id}><input type="checkbox" name=${`tags-${one.id}`} defaultChecked=${options.tag_kb_ids.includes(one.id)} /><span>${one.name}</span></label>`)}</fieldset>
    <${Field} label=${t("cut_options.most_tags")}><input name="topn_tags" type="number" required min="1" max="10" defaultValue=${options.topn_tags} /><//>`;
}

const rangesOf = (text) => (text.trim() ? text.split(",").map((part) => { const [from, to = from] = part.split("-").map(Number); return [from, to]; }) : null);

// What the form says of these options; beside what is `kept` only what is another.
export function cutOptionsOf(values, kept) {
  const said = {
    toc_extraction: Boolean(values.toc_extraction), pages: rangesOf(values.pages), task_page_size: Number(values.task_page_size) || null,
    table_context_size: Number(values.table_context_size), image_context_size: Number(values.image_context_size), filename_embd_weight: Number(values.filename_embd_weight) || null,
    ...(values.tags && { topn_tags: Number(values.topn_tags), tag_kb_ids: Object.keys(values).filter((name) => name.startsWith("tags-")).map((name) => name.slice(5)) }),
  };
  const before = { ...initial, ...kept };
  return Object.fromEntries(Object.entries(said).filter(([name, value]) => !kept || JSON.stringify(value) !== JSON.stringify(before[name])));
}
