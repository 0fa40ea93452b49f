// What a key may open beside its reach: some doors, some nouns; and a note about it.

import { Field } from "../core/widgets.mjs";
import { html } from "../core/html.mjs";
import { t } from "../core/words.mjs";

const doors = { rest: "/api/v1", openai: "OpenAI", anthropic: "Anthropic", ollama: "Ollama", openwebui: "Open WebUI", mcp: "MCP", dify: "Dify", rerank: "Rerank", reading: "Reading", bots: "Bots", console: "/v1", scim: "SCIM" };
const nouns = ["datasets", "documents", "chunks", "search", "assistants", "files", "models", "tasks"];

export const ScopeFields = () => html`<details class="stack tight"><summary>${t("keys.further")}</summary>
  <${Choices} legend=${t("keys.doors")} kind="door" rows=${Object.entries(doors)} />
  <${Choices} legend=${t("keys.nouns")} kind="noun" rows=${nouns.map((name) => [name, t(`keys.noun_${name}`)])} />
  <${Field} label=${t("keys.note")}><input name="note" maxlength="500" autocomplete="off" /><//>
</details>`;

const Choices = ({ legend, kind, rows }) => html`<fieldset class="choices"><legend>${legend}</legend>
  ${rows.map(([name, label]) => html`<label class="choice" key=${name}><input type="checkbox" name=${`${kind}-${name}`} /><span>${label}</span></label>`)}</fieldset>`;

// What a row of the list says of it.
export const scopeOf = (row) => [
  t(`keys.is_${row.scope}`),
  row.dataset_ids.length ? t("keys.datasets", { count: row.dataset_ids.length }) : "",
  row.doors.map((name) => doors[name]).join(", "),
  row.nouns.map((name) => t(`keys.noun_${name}`)).join(", "),
].filter(Boolean).join(" · ");
