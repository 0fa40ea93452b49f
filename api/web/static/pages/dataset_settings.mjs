// The settings of a dataset: what it is, who may use it, how its documents are cut.

import { Field, Form, Head, Skeleton, Trouble } from "../core/widgets.mjs";
import { CutOptions, cutOptionsOf } from "../parts/cut_options.mjs";
import { FoundMetadata, foundMetadataOf } from "../parts/found_metadata.mjs";
import { Grants } from "../parts/grants.mjs";
import { LiveCut } from "../parts/cut.mjs";
import { get, put } from "../core/api.mjs";
import { html, useState } from "../core/html.mjs";
import { language } from "../core/start.mjs";
import { t } from "../core/words.mjs";
import { to } from "../core/router.mjs";
import { toast } from "../core/toasts.mjs";
import { useLoaded } from "../core/loading.mjs";
import { useTitle } from "../core/title.mjs";

const methods = ["naive", "book", "laws", "manual", "paper", "presentation", "qa", "table", "one", "email", "picture", "tag"];
// Languages whose word forms are known, with their codes.
const codes = {
  arabic: "ar", basque: "eu", bulgarian: "bg", catalan: "ca", czech: "cs", danish: "da", dutch: "nl", english: "en", esperanto: "eo", estonian: "et", finnish: "fi",
  french: "fr", german: "de", hindi: "hi", hungarian: "hu", indonesian: "id", irish: "ga", italian: "it", lithuanian: "lt", nepali: "ne", norwegian: "no", persian: "fa",
  polish: "pl", portuguese: "pt", romanian: "ro", russian: "ru", serbian: "sr", sesotho: "st", spanish: "es", swedish: "sv", turkish: "tr", ukrainian: "uk", urdu: "ur",
  vietnamese: "vi", yiddish: "yi",
};
const names = new Intl.DisplayNames([language], { type: "language" });
const languages = Object.keys(codes).map((one) => [one, names.of(codes[one])]).sort((one, other) => one[1].localeCompare(other[1], language));
// Those that pack what they read up to a number of tokens.
const packing = new Set(["naive", "book", "laws", "manual", "paper", "presentation", "email"]);

const mayManage = ({ level }) => !level || level === "manage";

export function Page({ params }) {
  const dataset = useLoaded((signal) => get(`/datasets/${params.dataset}`, {}, signal), [params.dataset]);
  useTitle(t("dataset_settings.title"));
  const trail = [[t("dataset_settings.datasets"), to("datasets")], [dataset.data?.name ?? "…", to("documents", params)]];
  return html`<div class="settings stack">
    <${Head} title=${t("dataset_settings.title")} trail=${trail} />
    ${dataset.failure && html`<${Trouble} failure=${dataset.failure} onRetry=${dataset.reload} />`}
    ${dataset.data ? html`<${Settings} key=${dataset.data.update_time} dataset=${dataset.data} onSaved=${dataset.set} />` : !dataset.failure && html`<${Skeleton} />`}
    ${dataset.data && mayManage(dataset.data) && html`<${Grants} path=${`/datasets/${params.dataset}/grants`} />`}
  </div>`;
}

function Settings({ dataset, onSaved }) {
  const [method, setMethod] = useState(dataset.chunk_method);
  const options = dataset.parser_config;
  const parts = options.parent_child ?? {};
  const [models, setModels] = useState(null);
  // The models are read when somebody goes to choose one.
  const offer = () => { if (!models) get("/models", { type: "embedding" }).then(setModels, () => setModels([])); };
  const offered = [...new Set([dataset.embedding_model, ...(models ?? []).filter((one) => one.is_on).map((one) => one.model)])];
  const [typed, type] = useState(null);
  const save = async (values) => {
    const body = { name: values.name, description: values.description, permission: values.permission, pagerank: Number(values.pagerank), ...cutOf(values, method === dataset.chunk_method ? options : {}) };
    const metadata = foundMetadataOf(values);
    if (metadata.enabled || metadata.fields.length || dataset.auto_metadata_config.enabled || dataset.auto_metadata_config.fields) body.auto_metadata_config = metadata;
    Object.assign(body.parser_config, { auto_keywords: Number(values.auto_keywords), auto_questions: Number(values.auto_questions), language: values.language });
    if (!dataset.chunk_count && values.embedding_model) body.embedding_model = values.embedding_model;
    onSaved(await put(`/datasets/${dataset.id}`, body));
    toast(t(method === dataset.chunk_method ? "dataset_settings.saved" : "dataset_settings.saved_cut"));
  };
  const look = (event) => {
    const { form } = event.target;
    if (form?.checkValidity()) type(cutOf(Object.fromEntries(new FormData(form))));
  };
  return html`<div class="beside"><div onInput=${look}><${Form} onSubmit=${save} action=${t("dataset_settings.save")} disabled=${!mayManage(dataset)}>
    ${!mayManage(dataset) && html`<p class="notice">${t("dataset_settings.read_only")}</p>`}
    <section class="card stack" aria-label=${t("dataset_settings.about")}>
      <${Field} label=${t("dataset_settings.name")}><input name="name" required maxlength="128" autocomplete="off" defaultValue=${dataset.name} /><//>
      <${Field} label=${t("dataset_settings.description")}><textarea name="description" rows="2" defaultValue=${dataset.description ?? ""}></textarea><//>
      <div class="two">
        <${Field} label=${t("dataset_settings.permission")} hint=${t("dataset_settings.permission_hint")}>
          <select name="permission"><option value="me" selected=${dataset.permission === "me"}>${t("dataset_settings.me")}</option><option value="team" selected=${dataset.permission === "team"}>${t("dataset_settings.team")}</option></select><//>
        <${Field} label=${t("dataset_settings.model")} hint=${t(dataset.chunk_count ? "dataset_settings.model_fixed" : "dataset_settings.model_hint")}>
          <select name="embedding_model" disabled=${dataset.chunk_count > 0} onFocus=${offer} onMouseDown=${offer}>${offered.map((one) => html`<option key=${one} value=${one} selected=${one === dataset.embedding_model}>${one}</option>`)}</select><//>
      </div>
    </section>
    <section class="card stack" aria-label=${t("dataset_settings.method")}>
      <fieldset class="methods"><legend>${t("dataset_settings.method")}</legend>
        ${methods.map((one) => html`<label key=${one}><input type="radio" name="chunk_method" value=${one} checked=${one === method} onChange=${() => setMethod(one)} />
          <b>${t(`dataset_settings.method_${one}`)}</b><small>${t(`dataset_settings.about_${one}`)}</small></label>`)}
      </fieldset>
      ${packing.has(method) && html`<div class="two">
        <${Field} label=${t("dataset_settings.tokens")} hint=${t("dataset_settings.tokens_hint")}><input name="chunk_token_num" type="number" required min="1" max="2048" defaultValue=${options.chunk_token_num ?? 512} /><//>
        <${Field} label=${t("dataset_settings.overlap")} hint=${t("dataset_settings.overlap_hint")}><input name="overlapped_percent" type="number" required min="0" max="50" defaultValue=${options.overlapped_percent ?? 0} /><//>
        <${Field} label=${t("dataset_settings.delimiter")} hint=${t("dataset_settings.delimiter_hint")}><input name="delimiter" required defaultValue=${written(options.delimiter ?? "\n")} spellcheck=${false} /><//>
        <${Field} label=${t("dataset_settings.children")} hint=${t("dataset_settings.children_hint")}><input name="children" defaultValue=${parts.use_parent_child ? written(parts.children_delimiter ?? "\n") : ""} spellcheck=${false} /><//>
        <${Field} label=${t("dataset_settings.rows")}>
          <select name="rows"><option value="text" selected=${!options.html4excel}>${t("dataset_settings.rows_text")}</option><option value="html" selected=${options.html4excel}>HTML</option></select><//>
      </div>`}
      <div class="two">
        <${Field} label=${t("dataset_settings.keywords")} hint=${t("dataset_settings.added_hint")}><input name="auto_keywords" type="number" required min="0" max="32" defaultValue=${options.auto_keywords ?? 0} /><//>
        <${Field} label=${t("dataset_settings.language")} hint=${t("dataset_settings.language_hint")}>
          <select name="language"><option value="" selected=${!options.language}>${t("dataset_settings.language_found")}</option>${languages.map(([one, name]) => html`<option key=${one} value=${one} selected=${one === options.language}>${name}</option>`)}</select><//>
        <${Field} label=${t("dataset_settings.questions")} hint=${t("dataset_settings.added_hint")}><input name="auto_questions" type="number" required min="0" max="10" defaultValue=${options.auto_questions ?? 0} /><//>
      </div>
      <${FoundMetadata} config=${dataset.auto_metadata_config} />
      <${CutOptions} dataset=${dataset} />
    </section>
  <//></div><${LiveCut} dataset=${dataset.id} settings=${typed ?? { chunk_method: dataset.chunk_method }} /></div>`;
}

// What the form says of the way that documents are cut; beside the options that are `kept` what is another.
function cutOf(values, kept) {
  const method = values.chunk_method;
  return { chunk_method: method, parser_config: { ...cutOptionsOf(values, kept), ...(packing.has(method) && values.chunk_token_num && {
    chunk_token_num: Number(values.chunk_token_num), overlapped_percent: Number(values.overlapped_percent),
    delimiter: read(values.delimiter), html4excel: values.rows === "html",
    parent_child: values.children ? { use_parent_child: true, children_delimiter: read(values.children) } : { use_parent_child: false },
  }) } };
}

// Ends of lines and tabs as they are typed.
const written = (text) => text.replaceAll("\n", "\\n").replaceAll("\t", "\\t");
const read = (text) => text.replaceAll("\\n", "\n").replaceAll("\\t", "\t");
