// Light and dark, and the language: the server reads them from a cookie and makes the page so.

import { language, prefer } from "./start.mjs";

export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

export function switchTheme() {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  prefer("theme", theme);
}

export function switchLanguage() {
  prefer("language", language === "zh" ? "en" : "zh");
  location.reload();
}
