// What the shell says to its modules.

const root = document.getElementById("app");

export const place = root;
export const start = JSON.parse(root.dataset.start);
export const base = start.base;
// Where the server is, also below the path of a proxy.
export const here = () => location.origin + base.slice(0, -"/console".length);
export const user = start.user;
export const language = root.dataset.language;
export const fileOf = (name) => `${root.dataset.static}/${name}`;
export const addressOf = (name) => `${root.dataset.static}/${language}/${name}.mjs`;

// A year: what the server reads of a browser before any module runs.
export function prefer(name, value) {
  document.cookie = `raglan_${name}=${value};path=${base};max-age=31536000;samesite=lax`;
}
