// Puts an assistant on a page: <script src="https://HOST/share/widget.js" data-share="TOKEN" async></script>
// data-label names the button, data-side="left" puts it there, data-color is a CSS colour.
(() => {
  const script = document.currentScript;
  const { share, label = "Chat", side = "right", color = "#23695b" } = script.dataset;
  if (!share) return console.error("Raglan: the script of the widget needs data-share.");
  const address = new URL(encodeURIComponent(share), script.src).href;
  const styled = (name, style, attributes = {}) => {
    const element = document.createElement(name);
    Object.assign(element.style, style);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const edge = side === "left" ? "left" : "right";
  const button = styled("button", {
    position: "fixed", bottom: "20px", [edge]: "20px", zIndex: "2147483646", width: "56px", height: "56px", padding: "0",
    border: "0", borderRadius: "50%", background: color, color: "#fff", cursor: "pointer", boxShadow: "0 4px 16px rgb(0 0 0 / .25)",
  }, { type: "button", "aria-expanded": "false", "aria-label": label, title: label });
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", width: "26", height: "26", fill: "none", stroke: "currentColor", "stroke-width": "2", "stroke-linejoin": "round", "aria-hidden": "true" })) picture.setAttribute(key, value);
  const path = document.createElementNS(picture.namespaceURI, "path");
  path.setAttribute("d", "M4 5h16v11H9l-5 4V5Z");
  picture.append(path);
  button.append(picture);
  const frame = styled("iframe", {
    position: "fixed", bottom: "88px", [edge]: "20px", zIndex: "2147483646", display: "none", width: "min(420px, calc(100vw - 40px))",
    height: "min(640px, calc(100vh - 108px))", border: "1px solid rgb(0 0 0 / .15)", borderRadius: "12px", background: "#fff", boxShadow: "0 8px 32px rgb(0 0 0 / .25)",
  }, { title: label });
  const turn = (open) => {
    if (open && !frame.src) frame.src = address;
    frame.style.display = open ? "block" : "none";
    button.setAttribute("aria-expanded", String(open));
    (open ? frame : button).focus();
  };
  button.addEventListener("click", () => turn(frame.style.display === "none"));
  addEventListener("keydown", (event) => { if (event.key === "Escape" && frame.style.display !== "none") turn(false); });
  addEventListener("message", (event) => { if (event.source === frame.contentWindow && event.data === "raglan-close") turn(false); });
  const add = () => document.body.append(button, frame);
  document.body ? add() : addEventListener("DOMContentLoaded", add);
})();
