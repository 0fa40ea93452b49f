// The keyboard: keys of the page, a list of them with `?`, and the palette with Ctrl-K.

import { Dialog } from "./dialogs.mjs";
import { go, rail, to } from "./router.mjs";
import { html, signal, useEffect, useLayoutEffect, useRef, useState } from "./html.mjs";
import { Icon } from "./icons.mjs";
import { t } from "./words.mjs";

// What keys do now: `{ key, label, run }`; the page that was opened last comes first.
const known = signal([]);
const commands = signal([]);
const open = signal("");
let early = ""; // what was typed before the palette was there

const isTyping = (element) => element.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");

// Keys of a page while it is shown: `useKeys([{ key: "n", label, run }], [run])`.
// They work as soon as the page is there: an effect would come a frame later, and lose a key.
export function useKeys(keys, on = []) {
  useLayoutEffect(() => {
    known.value = [...keys, ...known.peek()];
    return () => { known.value = known.peek().filter((one) => !keys.includes(one)); };
  }, on);
}

// Commands of a page in the palette: `{ label, run }`.
export function useCommands(made, on = []) {
  useEffect(() => {
    commands.value = [...made, ...commands.peek()];
    return () => { commands.value = commands.peek().filter((one) => !made.includes(one)); };
  }, on);
}

export const openPalette = () => { early = ""; open.value = "palette"; };
export const openHelp = () => { open.value = "help"; };

export function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (open.value === "palette") shut();
      else openPalette();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (open.value === "palette") {
      event.preventDefault();
      if (event.key.length === 1) early += event.key;
      return;
    }
    const found = event.key === "?" ? { run: openHelp } : known.value.find((one) => one.key === event.key);
    if (!found) return;
    event.preventDefault();
    found.run();
  });
}

export function Keyboard() {
  if (open.value === "palette") return html`<${Palette} />`;
  return open.value === "help" ? html`<${Help} />` : null;
}

const shut = () => { open.value = ""; };

function Help() {
  const always = [["Ctrl K", t("core.palette")], ["?", t("core.help")], ["Esc", t("core.close")]];
  const keys = [...always, ...known.value.map((one) => [one.key, one.label])];
  return html`<${Dialog} title=${t("core.help")} onClose=${shut}>
    <dl class="keys">${keys.map(([key, label]) => html`<div key=${key}><dt>${key.split(" ").map((part) => html`<kbd key=${part}>${part}</kbd>`)}</dt><dd>${label}</dd></div>`)}</dl>
  <//>`;
}

function Palette() {
  const [text, setText] = useState(early);
  const [place, setPlace] = useState(0);
  const list = useRef(null);
  const all = [
    ...commands.value,
    ...rail.map((page) => ({ label: t(`rail.${page.name}`), icon: page.icon, run: () => go(to(page.name)) })),
    { label: t("core.help"), icon: "help", run: openHelp },
  ];
  const parts = text.toLowerCase().split(/\s+/);
  const found = all.filter((one) => parts.every((part) => one.label.toLowerCase().includes(part)));
  const chosen = Math.min(place, found.length - 1);
  const run = (one) => { shut(); one?.run(); };
  const press = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setPlace((chosen + step + found.length) % (found.length || 1));
      list.current.children[chosen + step]?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(found[chosen]);
    }
  };
  return html`<${Dialog} title=${t("core.palette")} onClose=${shut}>
    <input class="palette" role="combobox" aria-expanded="true" aria-controls="palette" aria-activedescendant=${`palette-${chosen}`} aria-label=${t("core.palette_find")}
      placeholder=${t("core.palette_find")} autofocus value=${text} onInput=${(event) => { setText(event.target.value); setPlace(0); }} onKeyDown=${press} />
    <div id="palette" ref=${list} class="palette-list" role="listbox" aria-label=${t("core.palette")}>
      ${found.map((one, index) => html`<div key=${one.label} id=${`palette-${index}`} role="option" aria-selected=${index === chosen} onClick=${() => run(one)}>
        <${Icon} name=${one.icon ?? "right"} size="16" />${one.label}</div>`)}
    </div>
    ${found.length === 0 && html`<p class="quiet">${t("core.nothing_found")}</p>`}
  <//>`;
}
