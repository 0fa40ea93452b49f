// The frame around pages: the rail, and the page of the address, whose module comes when it is needed.

import { Fragment, html, render, useEffect, useState } from "./html.mjs";
import { Icon } from "./icons.mjs";
import { Keyboard, listenToKeys, openHelp, openPalette } from "./keys.mjs";
import { Menu, Skeleton, Trouble } from "./widgets.mjs";
import { Question } from "./dialogs.mjs";
import { Toasts } from "./toasts.mjs";
import { Uploads } from "./uploads.mjs";
import { addressOf, base, language, place, start, user } from "./start.mjs";
import { isDark, switchLanguage, switchTheme } from "./theme.mjs";
import { listen, rail, route, to } from "./router.mjs";
import { t } from "./words.mjs";

const pages = new Map();

// A page that was here before the server was replaced is no more: the shell is asked for again.
async function moduleOf(name) {
  try {
    return await import(addressOf(name));
  } catch (error) {
    const once = `raglan-reload-${name}`;
    if (sessionStorage.getItem(once) !== start.version) {
      sessionStorage.setItem(once, start.version);
      location.reload();
    }
    throw error;
  }
}

function Frame() {
  const { page } = route.value;
  const [shown, show] = useState(null);
  const [failure, fail] = useState(null);
  useEffect(() => {
    let over = false;
    if (!page || pages.has(page.name)) {
      show(page && pages.get(page.name));
      return undefined;
    }
    moduleOf(page.name).then((made) => {
      pages.set(page.name, made);
      if (!over) { fail(null); show(made); }
    }, (error) => { if (!over) fail(error); });
    return () => { over = true; };
  }, [page]);
  const ready = page && pages.get(page.name) === shown ? shown : null;
  return html`<${Fragment}>
    <a class="skip" href="#main">${t("core.skip")}</a>
    <${Rail} />
    <main id="main" tabindex="-1">
      <div class="page">
        ${failure ? html`<${Trouble} failure=${failure} onRetry=${() => location.reload()} />`
    : !page ? html`<p>${t("core.no_page")}</p>`
    : ready ? html`<${ready.Page} key=${page.name + JSON.stringify(route.value.params)} params=${route.value.params} query=${route.value.query} />`
    : html`<${Skeleton} />`}
      </div>
    </main>
    <${Uploads} /><${Question} /><${Keyboard} /><${Toasts} />
  <//>`;
}

function Rail() {
  const here = route.value.page?.under;
  const [, turn] = useState(0);
  const items = [
    { icon: isDark() ? "sun" : "moon", label: isDark() ? t("core.light") : t("core.dark"), run: () => { switchTheme(); turn((n) => n + 1); } },
    { icon: "globe", label: language === "zh" ? "English" : "中文", run: switchLanguage },
    { icon: "help", label: t("core.help"), run: openHelp },
    { icon: "people", label: t("core.own_account"), run: () => location.assign(`${base}/account`) },
    { icon: "exit", label: t("core.sign_out"), run: () => document.getElementById("signout").requestSubmit() },
  ];
  return html`<nav class="rail" aria-label=${t("core.rail")}>
    <a class="rail-brand" href=${to(rail[0].name)} aria-label="Raglan">
      <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true"><rect width="32" height="32" rx="8" class="brand-ground" /><path d="M10 23V9h7.2a4.6 4.6 0 0 1 .9 9.1L23 23m-13-5h8" class="brand-letter" /></svg>
      <span>Raglan</span></a>
    <button type="button" class="rail-find" onClick=${openPalette}><${Icon} name="search" size="16" /><span>${t("core.find")}</span><kbd>Ctrl K</kbd></button>
    <ul>${rail.map((page) => html`<li key=${page.name}><a href=${to(page.name)} aria-current=${page.name === here ? "page" : undefined}>
      <${Icon} name=${page.icon} /><span>${t(`rail.${page.name}`)}</span></a></li>`)}</ul>
    <div class="rail-user">
      <${Menu} label=${t("core.account")} icon="people" text=${user.nickname || user.email} items=${items} kind="rail-button" />
      <form id="signout" method="post" action=${`${base}/signout`}></form>
    </div>
  </nav>`;
}


listen();
listenToKeys();
render(html`<${Frame} />`, place);
