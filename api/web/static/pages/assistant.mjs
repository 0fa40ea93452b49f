// The settings of an assistant: what it reads, how it answers, and its texts.

import { Field, Form, Head, Skeleton, Trouble } from "../core/widgets.mjs";
import { DatasetChoices, tickedIn } from "../parts/dataset_choices.mjs";
import { get, put } from "../core/api.mjs";
import { html, useRef, useState } from "../core/html.mjs";
import { Icon } from "../core/icons.mjs";
import { Grants } from "../parts/grants.mjs";
import { Trial } from "../parts/trial.mjs";
import { t } from "../core/words.mjs";
import { to } from "../core/router.mjs";
import { toast } from "../core/toasts.mjs";
import { useLoaded } from "../core/loading.mjs";
import { useTitle } from "../core/title.mjs";

export function Page({ params }) {
  const found = useLoaded((signal) => get(`/chats/${params.chat}`, {}, signal), [params.chat]);
  const name = found.data?.name ?? t("assistant.title");
  useTitle(name);
  return html`
    <${Head} title=${t("assistant.title")} trail=${[[t("assistant.all"), to("chat")], [name, to("conversation", params)]]}>
      <a class="button" href=${to("conversation", params)}><${Icon} name="chat" size="16" />${t("assistant.try")}</a>
    <//>
    ${found.failure && html`<${Trouble} failure=${found.failure} onRetry=${found.reload} />`}
    ${!found.data && !found.failure && html`<${Skeleton} />`}
    ${found.data && html`<${Editor} key=${found.data.update_time} chat=${found.data} onSaved=${found.reload} />
      ${["write", "read"].includes(found.data.level) ? null : html`<${Grants} path=${`/chats/${params.chat}/grants`} />`}`}
  `;
}

function Editor({ chat, onSaved }) {
  const { prompt } = chat;
  const [text, setText] = useState(prompt.prompt);
  const [weight, setWeight] = useState(chat.vector_similarity_weight);
  const [models, setModels] = useState(null);
  const names = [...text.matchAll(/\{(\w+)\}/g)].map((one) => one[1]);
  const lacking = prompt.variables.filter((one) => !one.optional && !names.includes(one.key)).map((one) => one.key);
  const unknown = names.filter((one) => !prompt.variables.some((known) => known.key === one));
  // The models are read when somebody goes to choose one.
  const offer = () => { if (!models) get("/models", { type: "chat" }).then(setModels, () => setModels([])); };
  const frame = useRef(null);
  const written = (values) => {
    return {
      name: values.name, description: values.description, dataset_ids: tickedIn(values),
      llm: { model_name: values.model, temperature: Number(values.temperature) },
      prompt: {
        prompt: values.prompt, opener: values.opener, empty_response: values.empty, variables: prompt.variables,
        top_n: Number(values.top_n), similarity_threshold: Number(values.threshold), keywords_similarity_weight: 1 - weight,
      },
    };
  };
  const save = async (values) => {
    await put(`/chats/${chat.id}`, written(values));
    toast(t("assistant.saved"));
    onSaved();
  };
  const current = chat.llm_id;
  const offered = [...new Set([current, ...(models ?? []).filter((one) => one.is_on).map((one) => one.model)])].filter(Boolean);
  const now = () => written(Object.fromEntries(new FormData(frame.current.querySelector("form"))));
  return html`<div class="beside"><div class="card padded" ref=${frame}><${Form} onSubmit=${save} action=${t("assistant.save")} disabled=${chat.level === "read"}>
    ${chat.level === "read" && html`<p class="notice">${t("assistant.read_only")}</p>`}
    <div class="columns">
      <${Field} label=${t("assistant.name")}><input name="name" required maxlength="255" autocomplete="off" defaultValue=${chat.name} /><//>
      <${Field} label=${t("assistant.description")}><input name="description" maxlength="2000" autocomplete="off" defaultValue=${chat.description} /><//>
      <${Field} label=${t("assistant.model")} hint=${t("assistant.model_hint")}><select name="model" defaultValue=${current} onFocus=${offer} onMouseDown=${offer}>${offered.map((one) => html`<option key=${one} value=${one} selected=${one === current}>${one}</option>`)}</select><//>
      <${Field} label=${t("assistant.temperature")} hint=${t("assistant.temperature_hint")}><input name="temperature" type="number" min="0" max="2" step="0.05" required defaultValue=${chat.llm.temperature ?? 0.1} /><//>
    </div>
    <${DatasetChoices} legend=${t("assistant.reads")} ticked=${chat.datasets} nothing=${t("assistant.no_datasets")} />
    <${Field} label=${t("assistant.prompt")} hint=${t("assistant.prompt_hint", { knowledge: "{knowledge}" })}><textarea name="prompt" rows="8" maxlength="65535" value=${text} onInput=${(event) => setText(event.target.value)}></textarea><//>
    ${lacking.length > 0 && html`<p class="notice warn" role="status">${t("assistant.lacking", { names: lacking.map((one) => `{${one}}`).join(", ") })}</p>`}
    ${unknown.length > 0 && html`<p class="notice warn" role="status">${t("assistant.unknown", { names: unknown.map((one) => `{${one}}`).join(", ") })}</p>`}
    <div class="columns">
      <${Field} label=${t("assistant.opener")}><textarea name="opener" rows="2" defaultValue=${prompt.opener}></textarea><//>
      <${Field} label=${t("assistant.empty")} hint=${t("assistant.empty_hint")}><textarea name="empty" rows="2" defaultValue=${prompt.empty_response}></textarea><//>
      <${Field} label=${t("assistant.top_n")}><input name="top_n" type="number" min="1" max="100" required defaultValue=${chat.top_n} /><//>
      <${Field} label=${t("assistant.threshold")} hint=${t("assistant.threshold_hint")}><input name="threshold" type="number" min="0" max="1" step="0.01" required defaultValue=${chat.similarity_threshold} /><//>
      <label class="field"><span>${t("assistant.weight", { share: Math.round(weight * 100) })}</span><input type="range" min="0" max="1" step="0.05" value=${weight} onInput=${(event) => setWeight(Number(event.target.value))} /></label>
    </div>
  <//></div><${Trial} chat=${chat.id} settings=${now} /></div>`;
}
