// Parts that all pages are made of.

import { complain, toast } from "./toasts.mjs";
import { html, useId, useState } from "./html.mjs";
import { Icon } from "./icons.mjs";
import { t } from "./words.mjs";

// The one form of an error: a sentence, what to do, the id of the request, and Retry.
export function Trouble({ failure, onRetry }) {
  return html`<div class="notice bad" role="alert">
    <${Icon} name="warning" />
    <div class="grow"><p><b>${failure.sentence ?? failure.message}</b></p>
      <p>${failure.advice ?? t("core.advice_defect")}</p>
      ${failure.request && html`<p class="small">${t("core.request", { id: failure.request })}</p>`}</div>
    ${onRetry && html`<button class="button" onClick=${onRetry}><${Icon} name="retry" size="16" /> ${t("core.retry")}</button>`}
  </div>`;
}

// What is shown where nothing is yet: what it is for, how to begin, and the same as a command.
export function Empty({ icon, title, text, command, children }) {
  return html`<section class="empty">
    <span class="empty-icon"><${Icon} name=${icon} size="28" /></span>
    <h2>${title}</h2><p>${text}</p>
    <div class="row center">${children}</div>
    ${command && html`<${Command} text=${command} label=${t("core.as_command")} />`}
  </section>`;
}

export function Command({ text, label }) {
  return html`<div class="command">
    ${label && html`<span class="small quiet">${label}</span>`}
    <div class="row tight"><pre tabindex="0">${text}</pre><${Copy} text=${text} /></div>
  </div>`;
}

export function Copy({ text }) {
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    toast(t("core.copied"));
  };
  return html`<button type="button" class="bare" aria-label=${t("core.copy")} title=${t("core.copy")} onClick=${copy}><${Icon} name="copy" size="16" /></button>`;
}

export function Skeleton({ rows = 6 }) {
  return html`<div class="skeleton" role="status" aria-label=${t("core.loading")}>
    ${Array.from({ length: rows }, (_, place) => html`<div key=${place}></div>`)}
  </div>`;
}

// A label with what is filled in; `hint` explains it, `children` is the control.
export function Field({ label, hint, children }) {
  return html`<label class="field"><span>${label}</span>${children}${hint && html`<small class="quiet">${hint}</small>`}</label>`;
}

// A menu that opens below its button. An item is `{ icon, label, run, kind, disabled }`; null is none.
export function Menu({ label, icon = "more", text, items, kind = "bare" }) {
  const id = useId().replace(/\W/g, "");
  const anchor = { anchorName: `--menu-${id}` };
  const choose = (item) => {
    document.getElementById(`menu-${id}`).hidePopover();
    item.run();
  };
  return html`<span class="menu">
    <button type="button" class=${kind} style=${anchor} popovertarget=${`menu-${id}`} aria-label=${text ? undefined : label} title=${text ? undefined : label}>
      <${Icon} name=${icon} />${text && html`<span>${text}</span>`}</button>
    <div id=${`menu-${id}`} class="menu-list" popover="auto" role="menu" aria-label=${label} style=${{ positionAnchor: `--menu-${id}` }} onKeyDown=${moveInMenu} onToggle=${focusFirst}>
      ${items.filter(Boolean).map((item) => html`<button type="button" role="menuitem" key=${item.label} class=${item.kind ?? ""} disabled=${item.disabled} onClick=${() => choose(item)}>
        ${item.icon && html`<${Icon} name=${item.icon} size="16" />`}<span>${item.label}</span></button>`)}
    </div>
  </span>`;
}

function moveInMenu(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const items = [...event.currentTarget.querySelectorAll("button:not(:disabled)")];
  const place = items.indexOf(document.activeElement) + step;
  items[(place + items.length) % items.length]?.focus();
}

function focusFirst(event) {
  if (event.newState === "open") event.currentTarget.querySelector("button:not(:disabled)")?.focus();
}

// A button that does something that takes a while: it cannot be pressed twice, and says what failed.
export function Action({ run, kind = "", icon, children, ...rest }) {
  const [busy, set] = useState(false);
  const click = async () => {
    set(true);
    try {
      await run();
    } catch (failure) {
      complain(failure);
    } finally {
      set(false);
    }
  };
  return html`<button type="button" class="button ${kind}" disabled=${busy} aria-busy=${busy} onClick=${click} ...${rest}>
    ${icon && html`<${Icon} name=${icon} size="16" />`}<span>${children}</span></button>`;
}

// A form that sends itself once at a time, and shows what failed above its buttons.
export function Form({ onSubmit, action, onCancel, kind = "primary", disabled = false, children }) {
  const [state, set] = useState({ busy: false, failure: null });
  const submit = async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(event.currentTarget));
    set({ busy: true, failure: null });
    try {
      await onSubmit(values);
      set({ busy: false, failure: null });
    } catch (failure) {
      set({ busy: false, failure });
    }
  };
  return html`<form class="stack" onSubmit=${submit}>
    ${children}
    ${state.failure && html`<${Trouble} failure=${state.failure} />`}
    <footer class="row end">
      ${onCancel && html`<button type="button" class="button" onClick=${onCancel}>${t("core.cancel")}</button>`}
      <button class="button ${kind}" disabled=${state.busy || disabled} aria-busy=${state.busy}>${action}</button>
    </footer>
  </form>`;
}

// The head of a page: where it is, its name, and what can be done.
export function Head({ title, trail = [], children }) {
  return html`<header class="head">
    <div class="head-text">
      ${trail.length > 0 && html`<nav class="trail" aria-label=${t("core.trail")}>${trail.map(([text, href]) => html`<a key=${href} href=${href}>${text}</a><${Icon} name="right" size="12" />`)}</nav>`}
      <h1>${title}</h1>
    </div>
    <div class="row">${children}</div>
  </header>`;
}
