// Dialogs: the browser's own, which keeps the focus within, closes with Escape and gives it back.

import { html, signal, useId, useLayoutEffect, useRef } from "./html.mjs";
import { Icon } from "./icons.mjs";
import { t } from "./words.mjs";

export function Dialog({ title, onClose, wide, children }) {
  const element = useRef(null);
  const heading = useId();
  // At once: what is typed before it has the focus is lost.
  useLayoutEffect(() => {
    const dialog = element.current;
    if (!dialog.open) dialog.showModal();
    return () => dialog.close();
  }, []);
  const outside = (event) => { if (event.target === element.current) onClose(); };
  return html`<dialog ref=${element} class=${wide ? "wide" : ""} aria-labelledby=${heading} onMouseDown=${outside}
      onCancel=${(event) => { event.preventDefault(); onClose(); }}>
    <div class="dialog">
      <header><h2 id=${heading}>${title}</h2>
        <button type="button" class="bare" aria-label=${t("core.close")} onClick=${onClose}><${Icon} name="close" /></button></header>
      ${children}
    </div>
  </dialog>`;
}

const question = signal(null);

// Asks, and resolves to whether it was confirmed. With `word` this has to be typed first.
export function confirmed({ title, text, action, word = "", kind = "danger" }) {
  return new Promise((resolve) => { question.value = { title, text, action, word, kind, resolve }; });
}

export function Question() {
  const asked = question.value;
  const typed = useRef(null);
  if (!asked) return null;
  const end = (answer) => { question.value = null; asked.resolve(answer); };
  const submit = (event) => {
    event.preventDefault();
    if (!asked.word || typed.current.value.trim() === asked.word) end(true);
  };
  return html`<${Dialog} title=${asked.title} onClose=${() => end(false)}>
    <form class="stack" onSubmit=${submit}>
      <p>${asked.text}</p>
      ${asked.word && html`<label class="field"><span>${t("core.type_name", { name: asked.word })}</span>
        <input ref=${typed} autocomplete="off" spellcheck=${false} autofocus /></label>`}
      <footer class="row end">
        <button type="button" class="button" autofocus=${!asked.word} onClick=${() => end(false)}>${t("core.cancel")}</button>
        <button class="button ${asked.kind}">${asked.action}</button>
      </footer>
    </form>
  <//>`;
}
