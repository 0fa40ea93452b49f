// The page: a list of addresses, what is said of the chosen one, and a form to try it.

import { element, section, table } from "./elements.mjs";
import { exampleOf, fieldsOf, groupsOf, operationsOf, requestOf, resolved } from "./operations.mjs";

const at = (id) => document.getElementById(id);
const longest = 1 << 20;

async function begin() {
  const answer = await fetch("openapi.json");
  const description = await answer.json();
  const operations = operationsOf(description);
  const show = () => list(description, groupsOf(operations, at("filter").value));
  at("filter").addEventListener("input", show);
  show();
}

function list(description, groups) {
  at("list").replaceChildren(...[...groups].flatMap(([name, operations]) => [
    element("h2", {}, name),
    ...operations.map((one) => link(description, one)),
  ]));
}

function link(description, operation) {
  const chosen = (event) => {
    document.querySelector("[aria-current]")?.removeAttribute("aria-current");
    event.currentTarget.setAttribute("aria-current", "true");
    at("shown").replaceChildren(...shown(description, operation));
  };
  return element("button", { type: "button", click: chosen, title: operation.summary },
    `${operation.method} ${operation.path}`);
}

function shown(description, operation) {
  const content = operation.requestBody?.content ?? {};
  return [
    element("h2", {}, `${operation.method} ${operation.path}`),
    element("p", {}, operation.description),
    ...Object.entries(content).map(([kind, told]) =>
      section(`Body: ${kind}`, element("pre", {}, fieldsOf(description, told.schema).join("\n")))),
    trial(operation),
    section("Answers", ...Object.entries(operation.responses).map(([status, part]) =>
      response(description, status, resolved(description, part)))),
  ];
}

function response(description, status, told) {
  const parts = Object.entries(told.content ?? {}).map(([kind, one]) => {
    const examples = Object.values(one.examples ?? {}).map((example) => example.value);
    const example = one.example ?? examples[0];
    return element("div", {},
      element("p", {}, kind),
      element("pre", {}, fieldsOf(description, one.schema).join("\n")),
      ...(example === undefined ? [] : [element("pre", {}, JSON.stringify(example, null, 2))]));
  });
  return element("details", {}, element("summary", {}, status),
    element("pre", {}, told.description), ...parts);
}

function trial(operation) {
  const parameters = operation.parameters ?? [];
  const inputs = parameters.map((one) => element("input", { name: one.name, "aria-label": one.name }));
  const rows = parameters.map((one, place) =>
    [one.name, `${one.in}${one.required ? ", required" : ""}`, inputs[place]]);
  const body = element("textarea", { "aria-label": "Body", spellcheck: "false" }, exampleOf(operation));
  const files = element("input", { type: "file", multiple: "", "aria-label": "Files" });
  const result = element("div", { role: "status" });
  const send = () => sent(result, requestOf(operation,
    Object.fromEntries(inputs.map((input) => [input.name, input.value])),
    { key: at("key").value, body: body.value, files: [...files.files] }));
  const content = operation.requestBody?.content ?? {};
  return section("Try it",
    ...(rows.length ? [table(["name", "where", "value"], rows)] : []),
    ...("application/json" in content ? [body] : []),
    ...("multipart/form-data" in content ? [files] : []),
    element("p", {}, element("button", { type: "button", click: send }, "Send")), result);
}

async function sent(result, { address, options }) {
  const text = element("pre", {});
  const status = element("p", { class: "status" }, "...");
  result.replaceChildren(status, text);
  try {
    const answer = await fetch(address, options);
    status.textContent = `${answer.status} ${answer.headers.get("Content-Type") ?? ""}`;
    await read(answer, text);
  } catch (error) {
    status.textContent = String(error);
  }
}

// Streams are shown while they come, and what is long only as far as a page can show it.
async function read(answer, text) {
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader.read()) {
    text.append(part.value);
    if (text.textContent.length > longest) return reader.cancel();
  }
  if (answer.headers.get("Content-Type")?.startsWith("application/json")) {
    text.textContent = JSON.stringify(JSON.parse(text.textContent), null, 2);
  }
}

begin();
