// A model: adding one behind an endpoint, and what a test of one has shown.

import { Action, Field, Trouble } from "../core/widgets.mjs";
import { get, post } from "../core/api.mjs";
import { html, useRef, useState } from "../core/html.mjs";
import { Dialog } from "../core/dialogs.mjs";
import { t } from "../core/words.mjs";
import { toast } from "../core/toasts.mjs";
import { useLoaded } from "../core/loading.mjs";

const types = ["chat", "embedding", "rerank"];

// How long it took, or what is wrong.
export function Trial({ trial }) {
  if (!trial.ok) return html`<span class="bad-text" title=${trial.error}>${trial.error}</span>`;
  const time = t("models.took", { ms: Math.round(trial.milliseconds) });
  return html`<span class="chip good">${time}${trial.dimensions ? ` · ${t("models.dimensions", { count: trial.dimensions })}` : ""}</span>`;
}

export function Addition({ onClose, onDone }) {
  const providers = useLoaded((signal) => get("/models/providers", {}, signal), []);
  const form = useRef(null);
  const [trial, tell] = useState(null);
  const values = () => {
    const given = Object.fromEntries(new FormData(form.current));
    return { ...given, context: Number(given.context) };
  };
  const test = async () => {
    if (!form.current.reportValidity()) return;
    tell(null);
    tell(await post("/models/test", values()));
  };
  const save = async () => {
    if (!form.current.reportValidity()) return;
    const given = values();
    await post("/models", given);
    toast(t("models.added"));
    onDone(given);
  };
  const known = (providers.data ?? []).filter((one) => !one.is_builtin);
  const usual = known.find((one) => one.name === "OpenAI-API-Compatible") ?? known[0];
  return html`<${Dialog} title=${t("models.add")} onClose=${onClose}>
    ${providers.failure && html`<${Trouble} failure=${providers.failure} onRetry=${providers.reload} />`}
    ${providers.data && html`<form ref=${form} class="stack" onSubmit=${(event) => event.preventDefault()}>
      <div class="columns">
        <${Field} label=${t("models.provider")}><select name="provider">${known.map((one) => html`<option key=${one.name} value=${one.name} selected=${one === usual}>${one.name}</option>`)}</select><//>
        <${Field} label=${t("models.type")}><select name="type">${types.map((one) => html`<option key=${one} value=${one}>${t(`models.is_${one}`)}</option>`)}</select><//>
      </div>
      <${Field} label=${t("models.address")} hint=${t("models.address_hint")}><input name="base_url" type="url" maxlength="512" autocomplete="off" spellcheck=${false} placeholder=${t("models.address_example")} /><//>
      <${Field} label=${t("models.name")}><input name="name" required maxlength="200" autocomplete="off" spellcheck=${false} /><//>
      <div class="columns">
        <${Field} label=${t("models.key")}><input name="api_key" type="password" maxlength="4096" autocomplete="off" /><//>
        <${Field} label=${t("models.context")}><input name="context" type="number" min="1" max="2147483647" required defaultValue="8192" /><//>
      </div>
      ${trial && html`<p role="status"><${Trial} trial=${trial} /></p>`}
      <footer class="row end"><${Action} run=${test} icon="play">${t("models.test")}<//><${Action} run=${save} kind="primary">${t("models.save")}<//></footer>
    </form>`}
  <//>`;
}
