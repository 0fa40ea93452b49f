// The first steps: a dataset, its files, a question, a model, and a key.

import { Action, Field, Form, Head, Trouble } from "../core/widgets.mjs";
import { Addition, Trial } from "../parts/model_form.mjs";
import { Citation, SourcePanel, cited } from "../parts/sources.mjs";
import { KeyCreation, NewKey } from "../parts/key_forms.mjs";
import { arrived, filesOf, isSending, upload } from "../core/uploads.mjs";
import { ask, go, to } from "../core/router.mjs";
import { fileOf, language } from "../core/start.mjs";
import { get, post, put } from "../core/api.mjs";
import { html, useEffect, useRef, useState } from "../core/html.mjs";
import { useLoaded, usePolling } from "../core/loading.mjs";
import { Icon } from "../core/icons.mjs";
import { Markdown } from "../parts/markdown.mjs";
import { State } from "../parts/document_states.mjs";
import { asked } from "../parts/answers.mjs";
import { t } from "../core/words.mjs";
import { useTitle } from "../core/title.mjs";

const sample = [["handbook", "pdf"], ["visitors", "md"], ["lamp-log", "csv"]];
const shown = 12;
// Tokens of a passage of the sample: a few paragraphs, so that the box on the page is a small one.
const passage = 96;

// The dataset with the newest of its documents, or the datasets that there are.
async function read(id, signal) {
  if (!id) return { dataset: null, documents: [] };
  const [dataset, found] = await Promise.all([
    get(`/datasets/${id}`, {}, signal),
    get(`/datasets/${id}/documents`, { fields: "id,name,run,progress,chunk_count", page_size: shown }, signal),
  ]);
  return { dataset, documents: found.docs };
}

export function Page({ query }) {
  useTitle(t("start.title"));
  const found = useLoaded((signal) => read(query.dataset, signal), [query.dataset, arrived.value]);
  const [answered, answer] = useState(false);
  const { dataset, documents = [] } = found.data ?? {};
  const isMoving = documents.some((one) => one.run === "RUNNING" || one.run === "UNSTART");
  const isComing = Boolean(dataset) && isSending(dataset.id);
  usePolling(Boolean(query.dataset) && (isMoving || isComing || !documents.length), found.reload);
  // The sample is asked when all of it is there, as each of its questions is about one of its files.
  const isHeld = dataset?.name === t("start.sample_name") && (isMoving || isComing || found.loading);
  const ready = useRef("");
  if (!isHeld && documents.some((one) => one.run === "DONE")) ready.current = query.dataset;
  const isReady = Boolean(query.dataset) && ready.current === query.dataset;
  return html`
    <${Head} title=${t("start.title")} trail=${[[t("datasets.title"), to("datasets")]]} />
    <p class="quiet">${t("start.lead")}</p>
    ${found.failure && html`<${Trouble} failure=${found.failure} onRetry=${found.reload} />`}
    <ol class="steps">
      <${Step} number="1" name="dataset" isDone=${Boolean(dataset)}><${Dataset} dataset=${dataset} isChosen=${Boolean(query.dataset)} /><//>
      <${Step} number="2" name="files" isDone=${isReady} isLater=${!dataset}>${dataset && html`<${Files} dataset=${dataset} documents=${documents} />`}<//>
      <${Step} number="3" name="question" isDone=${answered} isLater=${!isReady}>${isReady ? html`<${Question} dataset=${dataset} text=${query.q ?? ""} onAnswer=${answer} />` : dataset && html`<p class="quiet">${t("start.waits")}</p>`}<//>
      <${Model} />
      <${Key} dataset=${dataset} />
    </ol>`;
}

function Step({ number, name, isDone, isLater, children }) {
  return html`<li class="card step ${isDone ? "done" : isLater ? "later" : ""}">
    <span class="step-number" aria-hidden="true">${isDone ? html`<${Icon} name="check" size="16" />` : number}</span>
    <section class="stack tight" aria-label=${t(`start.step_${name}`)}><h2>${t(`start.step_${name}`)}</h2>
      <p class="quiet">${t(`start.about_${name}`)}</p>${children}</section>
  </li>`;
}

// A sample dataset of this name that is there already is taken, with what is in it.
async function named(name) {
  const found = await get("/datasets", { fields: "id,name,document_count", page_size: 1000 });
  return found.find((one) => one.name === name) ?? post("/datasets", { name, chunk_method: "naive", parser_config: { chunk_token_num: passage } });
}

async function takeSample() {
  const made = await named(t("start.sample_name"));
  if (!made.document_count) {
    const files = await Promise.all(sample.map(async ([name, ending]) => {
      const answer = await fetch(fileOf(`sample/${language}/${name}.${ending}`));
      return new File([await answer.blob()], t(`start.file_${name}`));
    }));
    upload({ id: made.id, name: made.name }, files);
  }
  await go(to("start", {}, { dataset: made.id }));
}

function Dataset({ dataset, isChosen }) {
  const [isOwn, choose] = useState(false);
  if (dataset) {
    return html`<p class="row"><a href=${to("documents", { dataset: dataset.id })}><b>${dataset.name}</b></a>
      <a class="small" href=${to("start")}>${t("start.anew")}</a></p>`;
  }
  if (isChosen) return null;
  const create = async (values) => {
    const made = await post("/datasets", { name: values.name });
    await go(to("start", {}, { dataset: made.id }));
  };
  return html`<div class="row"><${Action} kind="primary" icon="play" run=${takeSample}>${t("start.sample")}<//>
      ${!isOwn && html`<button type="button" class="button" onClick=${() => choose(true)}>${t("start.own")}</button>`}</div>
    ${isOwn && html`<${Form} onSubmit=${create} onCancel=${() => choose(false)} action=${t("start.create")}>
      <${Field} label=${t("start.name")}><input name="name" required maxlength="128" autocomplete="off" autofocus /><//><//>`}`;
}

function Files({ dataset, documents }) {
  const send = (files) => upload({ id: dataset.id, name: dataset.name }, files);
  const drop = async (event) => {
    event.preventDefault();
    send(await filesOf(event.dataTransfer));
  };
  const choose = (event) => {
    send([...event.target.files]);
    event.target.value = "";
  };
  return html`<ul class="stack tight">${documents.map((one) => html`<li class="row" key=${one.id}><${Icon} name="file" size="16" /><span class="clip">${one.name}</span>
      <${State} document=${one} />${one.run === "DONE" && html`<small class="quiet">${t("start.passages", { count: one.chunk_count })}</small>`}</li>`)}</ul>
    <label class="dropping" onDragOver=${(event) => event.preventDefault()} onDrop=${drop}>
      <${Icon} name="upload" size="16" /><span>${t("start.drop")} <u>${t("start.choose")}</u></span><input type="file" multiple onChange=${choose} /></label>`;
}

function Question({ dataset, text, onAnswer }) {
  const [said, say] = useState(null);
  const [failure, fail] = useState(null);
  const [place, open] = useState(null);
  const running = useRef(null);
  const isSample = dataset.name === t("start.sample_name");

  const tell = async (question) => {
    const leaving = new AbortController();
    running.current?.abort();
    running.current = leaving;
    fail(null);
    open(null);
    say({ content: "", reference: [], isLive: true });
    const made = { content: "", reference: [] };
    try {
      await asked("/sessions/ask", { question, dataset_ids: [dataset.id] }, (data) => {
        Object.assign(made, { content: data.answer.replace(/^<think>[^]*?<\/think>/, ""), reference: data.reference.chunks ?? made.reference });
        say({ ...made, isLive: true });
      }, leaving.signal);
      say({ ...made, isLive: false });
      const [first] = cited(made.content, made.reference);
      open(first ?? null);
      onAnswer(first !== undefined);
    } catch (error) {
      if (error.name === "AbortError") return;
      say(null);
      fail(error);
    }
  };
  // The question is in the address: what is asked anew is what the address asks for.
  useEffect(() => {
    if (text) tell(text);
    return () => running.current?.abort();
  }, [text, dataset.id]);
  const submit = (event) => {
    event.preventDefault();
    const question = new FormData(event.currentTarget).get("q").trim();
    if (question === text) tell(question); else ask({ q: question });
  };
  const places = said ? cited(said.content, said.reference) : [];
  const cite = (index) => (said.reference[index] ? html`<${Citation} key=${index} place=${index} passage=${said.reference[index]} open=${open} isOpen=${place === index} />` : null);
  return html`<form class="row" key=${text} onSubmit=${submit}>
      <input class="grow" name="q" required maxlength="4096" autocomplete="off" aria-label=${t("start.question")} placeholder=${isSample ? t("start.ask_leave") : t("start.question")} defaultValue=${text} />
      <button class="button primary" disabled=${Boolean(said?.isLive)}>${t("start.ask")}</button></form>
    ${isSample && html`<div class="chips">${["start.ask_leave", "start.ask_fog", "start.ask_dogs"].map((name) => html`<button type="button" class="chip" key=${name} aria-pressed=${text === t(name)} onClick=${() => ask({ q: t(name) })}>${t(name)}</button>`)}</div>`}
    ${failure && html`<${Trouble} failure=${failure} onRetry=${() => tell(text)} />`}
    ${said && html`<div class="thread ${place === null ? "" : "with-source"}">
      <div class="stack tight" aria-live="polite">${said.isLive && !said.content ? html`<p class="waiting">${t("start.reading")}</p>` : html`<${Markdown} text=${said.content} cite=${cite} />`}
        ${!said.isLive && !places.length && html`<p class="quiet">${t("start.no_source")}</p>`}
        ${!said.isLive && places.length > 0 && html`<div class="row"><${Action} icon="chat" run=${() => assist(dataset)}>${t("start.talk")}<//></div>`}</div>
      ${place !== null && html`<${SourcePanel} passages=${said.reference} places=${places} place=${place} open=${open} close=${() => open(null)} />`}
    </div>`}`;
}

async function assist(dataset) {
  const found = await get("/chats", { fields: "id,name,dataset_ids", keywords: dataset.name });
  const made = found.find((one) => one.dataset_ids.includes(dataset.id)) ?? await post("/chats", { name: dataset.name, dataset_ids: [dataset.id] });
  await go(to("conversation", { chat: made.id }));
}

// The models are read when somebody gets to them.
function Model() {
  const [adding, add] = useState(false);
  const [found, set] = useState(null);
  const [trial, tell] = useState(null);
  const look = async () => {
    const [models, defaults] = await Promise.all([get("/models", { type: "chat" }), get("/models/defaults")]);
    const own = models.filter((one) => one.provider !== "Builtin" && one.is_on);
    set({ model: own.find((one) => one.model === defaults.chat) ?? own[0] ?? null });
  };
  const added = async (given) => {
    add(false);
    await look();
    if (given.type === "chat") await put("/models/defaults", { chat: `${given.name}@${given.provider}` });
    await look();
  };
  const test = async () => tell(await post("/models/test", { model: found.model.model, type: "chat" }));
  return html`<${Step} number="4" name="model" isDone=${Boolean(found?.model)}>
    ${found?.model && html`<p>${t("start.has_model", { name: found.model.name })} ${trial && html`<span role="status"><${Trial} trial=${trial} /></span>`}</p>`}
    <div class="row">${!found && html`<${Action} icon="eye" run=${look}>${t("start.show")}<//>`}
      ${found?.model && html`<${Action} icon="play" run=${test}>${t("start.test")}<//>`}
      ${found && html`<button type="button" class="button" onClick=${() => add(true)}><${Icon} name="plus" size="16" />${t("start.add_model")}</button>`}</div>
    ${adding && html`<${Addition} onClose=${() => add(false)} onDone=${added} />`}
  <//>`;
}

function Key({ dataset }) {
  const [making, make] = useState(false);
  const [made, show] = useState(null);
  const [isDone, end] = useState(false);
  return html`<${Step} number="5" name="key" isDone=${isDone}>
    <div class="row"><button type="button" class="button" onClick=${() => make(true)}><${Icon} name="keys" size="16" />${t("start.new_key")}</button></div>
    ${making && html`<${KeyCreation} onClose=${() => make(false)} onDone=${(key) => { make(false); show(key); end(true); }}>
      ${dataset && html`<fieldset class="choices"><legend>${t("keys.only")}</legend><label class="choice"><input type="checkbox" name=${`in-${dataset.id}`} /><span>${dataset.name}</span></label></fieldset>`}<//>`}
    ${made && html`<${NewKey} made=${made} dataset=${dataset?.id} onClose=${() => show(null)} />`}
  <//>`;
}
