// What people make of chunks: written, edited, split.

import { Dialog } from "../core/dialogs.mjs";
import { Field, Form, Skeleton, Trouble } from "../core/widgets.mjs";
import { get, post, put } from "../core/api.mjs";
import { html, useState } from "../core/html.mjs";
import { t } from "../core/words.mjs";
import { useLoaded } from "../core/loading.mjs";

const linesOf = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

// A chunk is read anew: what is shown of it may be marked, or older.
const useChunk = (path, id) => useLoaded((signal) => (id ? get(`${path}/chunks/${id}`, {}, signal) : { content_with_weight: "", important_kwd: [], question_kwd: [] }), [path, id]);

// Edits a chunk; without an id it adds one.
export function ChunkForm({ path, id, onClose, onDone }) {
  const found = useChunk(path, id);
  const save = async ({ content, keywords, questions }) => {
    const body = { content, important_keywords: linesOf(keywords), questions: linesOf(questions) };
    const made = id ? await put(`${path}/chunks/${id}`, body) : await post(`${path}/chunks`, body);
    onClose();
    onDone(id || made.chunk.id);
  };
  return html`<${Dialog} wide title=${t(id ? "chunk_forms.edit" : "chunk_forms.add")} onClose=${onClose}>
    ${found.failure && html`<${Trouble} failure=${found.failure} onRetry=${found.reload} />`}
    ${!found.data && !found.failure && html`<${Skeleton} rows=${3} />`}
    ${found.data && html`<${Form} onSubmit=${save} onCancel=${onClose} action=${t("chunk_forms.save")}>
      <${Field} label=${t("chunk_forms.content")}><textarea name="content" rows="10" required autofocus defaultValue=${found.data.content_with_weight}></textarea><//>
      <${Field} label=${t("chunk_forms.keywords")} hint=${t("chunk_forms.keywords_hint")}><textarea name="keywords" rows="2" defaultValue=${found.data.important_kwd.join("\n")}></textarea><//>
      <${Field} label=${t("chunk_forms.questions")} hint=${t("chunk_forms.questions_hint")}><textarea name="questions" rows="2" defaultValue=${found.data.question_kwd.join("\n")}></textarea><//>
    <//>`}
  <//>`;
}

const mostPieces = 200;

// Where a text may be cut: behind sentences and lines. What is left over stays one piece.
export function piecesOf(text) {
  const found = text.match(/[^]*?(?:\n+|[.!?](?=\s)\s+|[。！？；]\s*|$)/g).filter(Boolean);
  return found.length > mostPieces ? [...found.slice(0, mostPieces - 1), found.slice(mostPieces - 1).join("")] : found;
}

// The server counts characters, and the browser counts some of them twice.
const lengthOf = (text) => [...text].length;

export function SplitForm({ path, id, onClose, onDone }) {
  const found = useChunk(path, id);
  const [cuts, set] = useState(new Set());
  const pieces = piecesOf(found.data?.content_with_weight ?? "");
  const turn = (place) => set((old) => { const made = new Set(old); if (!made.delete(place)) made.add(place); return made; });
  const save = async () => {
    let length = 0;
    const at = [];
    pieces.forEach((piece, place) => { if (place && cuts.has(place)) at.push(length); length += lengthOf(piece); });
    await post(`${path}/chunks/${id}/split`, { at });
    onClose();
    onDone(id);
  };
  return html`<${Dialog} wide title=${t("chunk_forms.split")} onClose=${onClose}>
    ${found.failure && html`<${Trouble} failure=${found.failure} onRetry=${found.reload} />`}
    ${!found.data && !found.failure && html`<${Skeleton} rows=${3} />`}
    ${found.data && pieces.length < 2 && html`<p>${t("chunk_forms.too_short")}</p>`}
    ${found.data && pieces.length > 1 && html`<${Form} onSubmit=${save} onCancel=${onClose} action=${t("chunk_forms.split_here", { count: cuts.size + 1 })} disabled=${!cuts.size}>
      <p class="quiet">${t("chunk_forms.split_hint")}</p>
      <div class="pieces">${pieces.map((piece, place) => html`${place > 0 && html`<button type="button" key=${`cut${place}`} class="cut" aria-pressed=${cuts.has(place)} aria-label=${t("chunk_forms.cut_before", { text: piece.trim().slice(0, 40) })} onClick=${() => turn(place)}></button>`}<span key=${place}>${piece}</span>`)}</div>
    <//>`}
  <//>`;
}

// Parsing again, and what becomes of what people have made.
export function ParseForm({ path, document, edits, onClose, onDone }) {
  const start = async ({ edits: kept }) => {
    await post(`${path.replace(/\/[^/]+$/, "")}/parse`, { document_ids: [document.id], discard_edits: kept === "discard" });
    onClose();
    onDone();
  };
  return html`<${Dialog} title=${t("chunk_forms.parse")} onClose=${onClose}>
    <${Form} onSubmit=${start} onCancel=${onClose} action=${t("chunk_forms.parse")}>
      <p>${t("chunk_forms.parse_text")}</p>
      ${edits.kept > 0 && html`<fieldset class="choices"><legend>${t("chunk_forms.edits")}</legend>
        <label class="choice"><input type="radio" name="edits" value="keep" defaultChecked />${t("chunk_forms.keep", { count: edits.kept })}</label>
        <label class="choice"><input type="radio" name="edits" value="discard" disabled=${!edits.lost_by_discarding} />${t("chunk_forms.discard", { count: edits.lost_by_discarding })}</label>
      </fieldset>`}
      <p class="quiet small">${t("chunk_forms.come_back")}</p>
    <//>
  <//>`;
}
