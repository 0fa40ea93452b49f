// What is said in a conversation, and where the next question is written.

import { Citation, cited } from "./sources.mjs";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../core/html.mjs";
import { Copy } from "../core/widgets.mjs";
import { Icon } from "../core/icons.mjs";
import { Markdown } from "./markdown.mjs";
import { t } from "../core/words.mjs";

// The whole answer has its thinking before it, in tags.
export const visible = (answer) => answer.replace(/^<think>[^]*?<\/think>/, "");

// Takes the pieces of an answer up into `made`: its content, its thinking and, at last, what it refers to.
export function collector(made) {
  let thinks = false;
  return (data) => {
    if (data.start_to_think) thinks = true;
    else if (data.end_to_think) thinks = false;
    else if (data.final) Object.assign(made, { content: visible(data.answer), reference: data.reference?.chunks ?? [] });
    else made[thinks ? "thinking" : "content"] += data.answer;
  };
}

// Draws once a frame at most, however many pieces come.
export function paced(draw) {
  let asked = 0;
  const once = () => { asked ||= requestAnimationFrame(() => { asked = 0; draw(); }); };
  once.end = () => cancelAnimationFrame(asked);
  return once;
}

// Who reads at the bottom stays there; who has scrolled up is left alone.
export function useBottom(said, live) {
  const stays = useRef(true);
  useEffect(() => {
    const main = document.querySelector("main");
    const look = () => { stays.current = main.scrollHeight - main.scrollTop - main.clientHeight < 120; };
    main.addEventListener("scroll", look, { passive: true });
    return () => main.removeEventListener("scroll", look);
  }, []);
  useLayoutEffect(() => {
    const main = document.querySelector("main");
    if (stays.current) main.scrollTop = main.scrollHeight;
  }, [said, live]);
}

export function Message({ message, isLive, open, place, canChange, onEdit, onAgain, onThumb }) {
  if (message.role === "user") {
    return html`<li class="from-user"><div class="bubble">${message.content}</div>
      ${onEdit && canChange && html`<div class="row tight tools"><button type="button" class="bare" aria-label=${t("conversation.edit")} title=${t("conversation.edit")} onClick=${onEdit}><${Icon} name="edit" size="16" /></button></div>`}</li>`;
  }
  const passages = message.reference ?? [];
  const places = cited(message.content, passages);
  const cite = (index) => (passages[index] ? html`<${Citation} key=${index} place=${index} passage=${passages[index]} open=${open} isOpen=${place === index} />` : null);
  return html`<li class="from-assistant">
    ${message.thinking && html`<details class="thinking" open=${isLive && !message.content}><summary>${t("conversation.thinking")}</summary><p>${message.thinking}</p></details>`}
    ${isLive && !message.content && !message.thinking && html`<p class="waiting" role="status">${t("conversation.waiting")}</p>`}
    <${Markdown} text=${isLive ? whole(message.content) : message.content} cite=${cite} />
    ${places.length > 0 && !isLive && html`<ul class="chips files" aria-label=${t("conversation.sources")}>${places.map((index) => html`<li key=${index}><button type="button" class="chip" aria-pressed=${place === index} onClick=${() => open(index)}><b>${index + 1}</b> ${passages[index].document_name}</button></li>`)}</ul>`}
    ${message.id && !isLive && html`<div class="row tight tools">
      <${Copy} text=${withSources(message, places)} />
      ${onAgain && html`<button type="button" class="bare" aria-label=${t("conversation.again")} title=${t("conversation.again")} disabled=${!canChange} onClick=${onAgain}><${Icon} name="retry" size="16" /></button>`}
      ${onThumb && [true, false].map((up) => html`<button type="button" key=${up} class="bare thumb ${up ? "" : "down"}" aria-pressed=${message.thumbup === up} aria-label=${t(up ? "conversation.good" : "conversation.bad")} title=${t(up ? "conversation.good" : "conversation.bad")} onClick=${() => onThumb(up)}><${Icon} name="thumb" size="16" /></button>`)}
    </div>`}
  </li>`;
}

// A marker that has come in part is not shown yet.
const whole = (text) => text.replace(/\[(I(D(:\d*)?)?)?$/, "");

function withSources(message, places) {
  const text = message.content.replace(/\[ID:(\d+)\]/g, (_, place) => `[${Number(place) + 1}]`);
  const files = places.map((place) => {
    const passage = message.reference[place];
    const page = passage.positions[0]?.[0];
    return `[${place + 1}] ${passage.document_name}${page ? `, ${t("sheet.page", { page })}` : ""}`;
  });
  return [text, files.join("\n")].filter(Boolean).join("\n\n");
}

export function Composer({ box, text, isEdit, isLive, disabled, onSend, onStop, onCancel }) {
  const [value, set] = useState(text);
  useEffect(() => { if (isEdit) box.current.focus(); }, []);
  useLayoutEffect(() => {
    box.current.style.height = "auto";
    box.current.style.height = `${Math.min(240, box.current.scrollHeight + 2)}px`;
  }, [value]);
  const send = (event) => {
    event?.preventDefault();
    const question = value.trim();
    if (!question || isLive || disabled) return;
    set("");
    onSend(question);
  };
  const press = (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event);
    else if (event.key === "Escape" && isLive) onStop();
    else if (event.key === "Escape" && isEdit) onCancel();
  };
  return html`<form class="composer card" onSubmit=${send}>
    ${isEdit && html`<p class="small quiet row">${t("conversation.editing")} <button type="button" class="link" onClick=${onCancel}>${t("core.cancel")}</button></p>`}
    <div class="row tight">
      <textarea ref=${box} rows="1" aria-label=${t("conversation.question")} placeholder=${t("conversation.question")} value=${value} maxlength="65535" autofocus=${parent === window} onInput=${(event) => set(event.target.value)} onKeyDown=${press}></textarea>
      ${isLive
    ? html`<button type="button" class="button" onClick=${onStop}><${Icon} name="stop" size="16" />${t("conversation.stop")}</button>`
    : html`<button class="button primary" disabled=${!value.trim() || disabled}>${t(isEdit ? "conversation.again" : "conversation.send")}</button>`}
    </div>
  </form>`;
}
