// Elements of the page. Texts are set as texts: nothing that a server says becomes markup.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

export function section(title, ...children) {
  return element("section", {}, element("h3", {}, title), ...children);
}

export function table(heads, rows) {
  const cells = (name, texts) => element("tr", {}, ...texts.map((text) => element(name, {}, text)));
  return element("table", {}, cells("th", heads), ...rows.map((row) => cells("td", row)));
}
