// A key: making one for what it is to do, and what to do with it.

import { Command, Field, Form } from "../core/widgets.mjs";
import { post } from "../core/api.mjs";
import { html, useState } from "../core/html.mjs";
import { Dialog } from "../core/dialogs.mjs";
import { t } from "../core/words.mjs";
import { here } from "../core/start.mjs";

const day = 86400000;
const ends = { never: 0, 30: 30, 90: 90, 365: 365 };

// What of a form's values has a name that begins so.
const ticked = (values, kind) => Object.keys(values).filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length));

// `children` are further fields: `in-…` for each dataset, `door-…`, `noun-…` and `note`.
export function KeyCreation({ onClose, onDone, children }) {
  const save = async (values) => {
    const days = ends[values.end];
    onDone(await post("/system/tokens", {
      name: values.name, scope: values.scope, dataset_ids: ticked(values, "in-"), doors: ticked(values, "door-"), nouns: ticked(values, "noun-"), note: values.note ?? "",
      expires_time: days ? Date.now() + days * day : undefined,
    }));
  };
  return html`<${Dialog} title=${t("keys.create")} onClose=${onClose}>
    <${Form} onSubmit=${save} onCancel=${onClose} action=${t("keys.create_now")}>
      <${Field} label=${t("keys.name")} hint=${t("keys.name_hint")}><input name="name" required maxlength="100" autocomplete="off" autofocus /><//>
      <div class="columns">
        <${Field} label=${t("keys.scope")}><select name="scope"><option value="write">${t("keys.is_write")}</option><option value="read">${t("keys.is_read")}</option></select><//>
        <${Field} label=${t("keys.end")}><select name="end"><option value="never">${t("keys.never")}</option>${[30, 90, 365].map((days) => html`<option key=${days} value=${days}>${t("keys.days", { count: days })}</option>`)}</select><//>
      </div>
      ${children}
    <//>
  <//>`;
}

// The key as it is shown once, and what to do with it; `dataset` is one that it may ask.
export function NewKey({ made, dataset, onClose }) {
  return html`<${Dialog} title=${t("keys.made")} onClose=${onClose} wide>
    <p>${t("keys.once")}</p>
    <${Command} text=${made.token} />
    <${Snippets} token=${made.token} dataset=${dataset} />
    <footer class="row end"><button type="button" class="button primary" onClick=${onClose}>${t("keys.kept")}</button></footer>
  <//>`;
}

// The same question in the words of each client, with the address of this server.
export function Snippets({ token, dataset = "DATASET_ID" }) {
  const [tool, choose] = useState("curl");
  const made = snippets(here(), token, dataset);
  return html`<div class="chips" role="group" aria-label=${t("keys.snippets")}>${Object.keys(made).map((name) => html`<button type="button" class="chip" key=${name} aria-pressed=${tool === name} onClick=${() => choose(name)}>${name}</button>`)}</div>
    <${Command} text=${made[tool]} />`;
}

const snippets = (here, token, dataset) => ({
  curl: `curl -s ${here}/api/v1/retrieval \\\n  -H "Authorization: Bearer ${token}" -H "Content-Type: application/json" \\\n  -d '{"question": "…", "dataset_ids": ["${dataset}"]}'`,
  "RAGFlow SDK": `from ragflow_sdk import RAGFlow\n\nclient = RAGFlow("${token}", "${here}")\nfor chunk in client.retrieve(dataset_ids=["${dataset}"], question="…"):\n    print(chunk.content)`,
  OpenAI: `from openai import OpenAI\n\nclient = OpenAI(base_url="${here}/v1", api_key="${token}")\nfound = client.vector_stores.search("${dataset}", query="…")\nprint([hit.content[0].text for hit in found.data])`,
  MCP: JSON.stringify({ mcpServers: { raglan: { url: `${here}/mcp`, headers: { Authorization: `Bearer ${token}` } } } }, null, 2),
  LangChain: `from langchain_openai import ChatOpenAI\n\n# The name of an assistant, as Chat lists them.\nmodel = ChatOpenAI(base_url="${here}/v1", api_key="${token}", model="ASSISTANT")\nprint(model.invoke("…").content)`,
  Dify: `API Endpoint: ${here}/api/v1/dify\nAPI Key: ${token}\nExternal Knowledge ID: ${dataset}`,
});
