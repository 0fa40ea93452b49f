// What can be said of a document: its name, and fields of metadata.

import { Dialog } from "../core/dialogs.mjs";
import { Field, Form, Skeleton, Trouble } from "../core/widgets.mjs";
import { get, put } from "../core/api.mjs";
import { html, useState } from "../core/html.mjs";
import { Icon } from "../core/icons.mjs";
import { t } from "../core/words.mjs";
import { toast } from "../core/toasts.mjs";
import { useLoaded } from "../core/loading.mjs";

export function NameForm({ path, document, onClose, onDone }) {
  const save = async ({ name }) => {
    await put(`${path}/${document.id}`, { name });
    onClose();
    onDone();
  };
  return html`<${Dialog} title=${t("document_forms.rename")} onClose=${onClose}>
    <${Form} onSubmit=${save} onCancel=${onClose} action=${t("document_forms.save")}>
      <${Field} label=${t("document_forms.name")} hint=${t("document_forms.name_hint")}><input name="name" required maxlength="255" autocomplete="off" autofocus defaultValue=${document.name} /><//>
    <//>
  <//>`;
}

// A value as it is typed: texts as they are, all else as JSON.
const typed = (value) => typeof value === "string" ? value : JSON.stringify(value);

// What a text stands for: a number, a list or a text; what was a text stays one.
function valueOf(text, before) {
  if (typeof before === "string") return text;
  try {
    const value = JSON.parse(text);
    return typeof value === "number" || Array.isArray(value) ? value : text;
  } catch {
    return text;
  }
}

export function MetadataForm({ path, document, onClose }) {
  const found = useLoaded((signal) => get(path, { id: document.id, fields: "id,meta_fields" }, signal), [document.id]);
  return html`<${Dialog} title=${t("document_forms.metadata_of", { name: document.name })} onClose=${onClose}>
    ${found.failure && html`<${Trouble} failure=${found.failure} onRetry=${found.reload} />`}
    ${found.data ? html`<${Pairs} path=${path} document=${found.data.docs[0]} onClose=${onClose} />` : html`<${Skeleton} rows="3" />`}
  <//>`;
}

// The fields of a document; without `onClose` they stand on a page.
export function Pairs({ path, document, onClose }) {
  const before = document.meta_fields;
  const [pairs, set] = useState([...Object.entries(before).map(([name, value]) => [name, typed(value)]), ["", ""]]);
  const change = (place, part, text) => set((old) => {
    const made = old.map((pair, at) => at === place ? pair.with(part, text) : pair);
    return made.at(-1)[0] ? [...made, ["", ""]] : made;
  });
  const save = async () => {
    const given = pairs.filter(([name]) => name.trim()).map(([name, text]) => [name.trim(), valueOf(text, before[name.trim()])]);
    await put(`${path}/${document.id}`, { meta_fields: Object.fromEntries(given) });
    toast(t("document_forms.saved"));
    onClose?.();
  };
  return html`<${Form} onSubmit=${save} onCancel=${onClose} action=${t("document_forms.save")}>
    <p class="quiet">${t("document_forms.metadata_hint")}</p>
    ${pairs.map(([name, text], place) => html`<div key=${place} class="row tight">
      <input aria-label=${t("document_forms.field")} placeholder=${t("document_forms.field")} value=${name} onInput=${(event) => change(place, 0, event.target.value)} />
      <input aria-label=${t("document_forms.value")} placeholder=${t("document_forms.value")} value=${text} onInput=${(event) => change(place, 1, event.target.value)} />
      <button type="button" class="bare" aria-label=${t("document_forms.remove", { name })} onClick=${() => set((old) => old.length > 1 ? old.toSpliced(place, 1) : [["", ""]])}><${Icon} name="close" size="16" /></button>
    </div>`)}
  <//>`;
}
