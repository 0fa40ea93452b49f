// What the chat model is to find in the documents of a dataset, for their metadata.

import { Field } from "../core/widgets.mjs";
import { html, useState } from "../core/html.mjs";
import { Icon } from "../core/icons.mjs";
import { t } from "../core/words.mjs";

const types = ["string", "list", "number", "time"];

export function FoundMetadata({ config }) {
  const [rows, set] = useState(() => (config.fields ?? []).map((field, id) => ({ id, field })));
  const add = () => set([...rows, { id: (rows.at(-1)?.id ?? -1) + 1, field: {} }]);
  return html`<details><summary>${t("found_metadata.title")}</summary><div class="stack">
    <p class="small quiet">${t("found_metadata.hint")}</p>
    <label class="choice"><input type="checkbox" name="metadata-on" defaultChecked=${config.enabled ?? false} /><span>${t("found_metadata.enabled")}</span></label>
    ${rows.map(({ id, field }, place) => html`<fieldset class="choices" key=${id}><legend>${t("found_metadata.field", { number: place + 1 })}</legend>
      <div class="two">
        <${Field} label=${t("found_metadata.name")}><input name=${`metadata-name-${id}`} required maxlength="128" autocomplete="off" defaultValue=${field.name ?? ""} /><//>
        <${Field} label=${t("found_metadata.type")}><select name=${`metadata-type-${id}`}>${types.map((one) => html`<option key=${one} value=${one} selected=${one === (field.type ?? "string")}>${t(`found_metadata.is_${one}`)}</option>`)}</select><//>
        <${Field} label=${t("found_metadata.description")}><input name=${`metadata-description-${id}`} autocomplete="off" defaultValue=${field.description ?? ""} /><//>
        <${Field} label=${t("found_metadata.examples")} hint=${t("found_metadata.examples_hint")}><input name=${`metadata-examples-${id}`} autocomplete="off" defaultValue=${(field.examples ?? []).join(", ")} /><//>
      </div>
      <div class="row"><label class="choice grow"><input type="checkbox" name=${`metadata-only-${id}`} defaultChecked=${field.restrict_values ?? false} /><span>${t("found_metadata.only")}</span></label>
        <button type="button" class="bare" aria-label=${t("found_metadata.remove", { number: place + 1 })} onClick=${() => set(rows.filter((one) => one.id !== id))}><${Icon} name="trash" size="16" /></button></div>
    </fieldset>`)}
    <div><button type="button" class="button small" onClick=${add}><${Icon} name="plus" size="16" />${t("found_metadata.add")}</button></div>
  </div></details>`;
}

// What the form says; a part of a field that is empty is left out.
export function foundMetadataOf(values) {
  const ids = Object.keys(values).filter((name) => name.startsWith("metadata-name-")).map((name) => name.slice(14));
  const fields = ids.map((id) => {
    const said = (part) => values[`metadata-${part}-${id}`] ?? "";
    const examples = said("examples").split(",").map((one) => one.trim()).filter(Boolean);
    return {
      name: said("name"), type: said("type"), ...(said("description") && { description: said("description") }),
      ...(examples.length && { examples }), ...(said("only") && { restrict_values: true }),
    };
  });
  return { enabled: Boolean(values["metadata-on"]), fields };
}
