// Who may use a dataset, an assistant or a model beside whose it is; read when somebody wants to see it.

import { Action, Field, Form, Skeleton, Trouble } from "../core/widgets.mjs";
import { get, put } from "../core/api.mjs";
import { html, useState } from "../core/html.mjs";
import { t } from "../core/words.mjs";
import { useLoaded } from "../core/loading.mjs";

const levels = ["read", "write", "manage"];
const Choice = ({ name, given, onInput }) => html`<select name=${name} onInput=${onInput}>${given.map((one) => html`<option key=${one} value=${one}>${t(`grants.${one}`)}</option>`)}</select>`;
const sent = (grants) => grants.map(({ subject, id, level }) => ({ subject, level, ...(subject === "everybody" ? {} : { name: id }) }));

export function Grants({ path }) {
  const [open, show] = useState(false);
  return html`<section class="card padded stack" aria-label=${t("grants.title")}>
    <details onToggle=${(event) => show(event.currentTarget.open)}><summary>${t("grants.title")}</summary>
      ${open && html`<${Granted} path=${path} />`}</details>
  </section>`;
}

// `what` names the thing where the path does not.
export function Granted({ path, what = {} }) {
  const found = useLoaded((signal) => get(path, what, signal), [path]);
  const [subject, choose] = useState("user");
  if (found.failure) return html`<${Trouble} failure=${found.failure} onRetry=${found.reload} />`;
  if (!found.data) return html`<${Skeleton} />`;
  const save = async (grants) => found.set(await put(path, { ...what, grants }));
  const add = async ({ subject: kind, name = "", level }) => {
    const others = found.data.filter((one) => kind !== "everybody" || one.subject !== kind);
    await save([...sent(others), { subject: kind, level, ...(kind === "everybody" ? {} : { name }) }]);
  };
  return html`<div class="stack">
    ${found.data.length === 0 && html`<p class="quiet">${t("grants.nobody")}</p>`}
    ${found.data.map((one) => html`<div class="row" key=${one.id}>
      <span class="grow clip">${one.subject === "everybody" ? t("grants.everybody") : one.email || one.name}</span>
      <span class="chip">${t(`grants.${one.level}`)}</span>
      <${Action} run=${() => save(sent(found.data.filter((other) => other.id !== one.id)))}>${t("grants.remove")}<//>
    </div>`)}
    <${Form} key=${found.data.length} onSubmit=${add} action=${t("grants.add")}><div class="columns">
      <${Field} label=${t("grants.who")}><${Choice} name="subject" given=${["user", "group", "everybody"]} onInput=${(event) => choose(event.target.value)} /><//>
      ${subject !== "everybody" && html`<${Field} label=${t(`grants.name_${subject}`)}><input name="name" required maxlength="255" autocomplete="off" /><//>`}
      <${Field} label=${t("grants.level")}><${Choice} name="level" given=${levels} /><//>
    </div><//>
  </div>`;
}
