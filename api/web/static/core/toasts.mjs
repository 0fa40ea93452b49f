// Short messages that go by themselves; an error stays until it is closed.

import { html, signal } from "./html.mjs";
import { Icon } from "./icons.mjs";
import { t } from "./words.mjs";

const shown = signal([]);
let last = 0;

// Shows a message; `action` is `{ label, run }`, as Undo.
export function toast(text, { kind = "good", action, request = "", stays = kind === "bad" } = {}) {
  const id = ++last;
  shown.value = [...shown.value.slice(-3), { id, text, kind, action, request }];
  if (!stays) setTimeout(() => close(id), action ? 20000 : 4000);
  return () => close(id);
}

export const complain = (failure) => toast(`${failure.sentence ?? failure.message} ${failure.advice ?? ""}`, { kind: "bad", request: failure.request });

function close(id) {
  shown.value = shown.value.filter((one) => one.id !== id);
}

export function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${shown.value.map((one) => html`<div key=${one.id} class="toast ${one.kind}">
      <${Icon} name=${one.kind === "bad" ? "warning" : "check"} />
      <p>${one.text}${one.request && html`<br /><small>${t("core.request", { id: one.request })}</small>`}</p>
      ${one.action && html`<button class="link" onClick=${() => { one.action.run(); close(one.id); }}>${one.action.label}</button>`}
      <button class="bare" aria-label=${t("core.close")} onClick=${() => close(one.id)}><${Icon} name="close" size="16" /></button>
    </div>`)}
  </div>`;
}
