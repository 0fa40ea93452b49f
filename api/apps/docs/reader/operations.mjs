// What a description says of the operations in it, and the requests that are made of that.

const JSON_TYPE = "application/json";

export function operationsOf(description) {
  return Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, told]) => ({ path, method: method.toUpperCase(), ...told })));
}

export function groupsOf(operations, text) {
  const wanted = text.trim().toLowerCase();
  const groups = new Map();
  for (const one of operations) {
    const told = `${one.method} ${one.path} ${one.summary}`.toLowerCase();
    if (!told.includes(wanted)) continue;
    const name = one.tags[0];
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return groups;
}

export function resolved(description, part) {
  let found = part;
  while (found?.$ref) {
    found = found.$ref.slice(2).split("/").reduce((place, name) => place[name], description);
  }
  return found;
}

export function exampleOf(operation) {
  const told = operation.requestBody?.content?.[JSON_TYPE];
  return told ? JSON.stringify(told.example ?? {}, null, 2) : "";
}

// Lines such as `name: string, required`, those of objects within others further in.
export function fieldsOf(description, schema, depth = 0, seen = []) {
  const whole = resolved(description, schema) ?? {};
  if (depth > 5 || seen.includes(whole)) return [];
  const inner = whole.items ?? (whole.anyOf ?? []).find((one) => one.$ref || one.items);
  if (!whole.properties) return inner ? fieldsOf(description, inner, depth, [...seen, whole]) : [];
  return Object.entries(whole.properties).flatMap(([name, part]) => {
    const required = (whole.required ?? []).includes(name) ? ", required" : "";
    const line = `${"  ".repeat(depth)}${name}: ${typeOf(description, part)}${required}`;
    return [line, ...fieldsOf(description, part, depth + 1, [...seen, whole])];
  });
}

export function typeOf(description, part) {
  const whole = resolved(description, part) ?? {};
  if (whole.enum) return whole.enum.map((value) => JSON.stringify(value)).join(" or ");
  if ("const" in whole) return JSON.stringify(whole.const);
  if (whole.anyOf) return whole.anyOf.map((one) => typeOf(description, one)).join(" or ");
  if (whole.type === "array") return `list of ${typeOf(description, whole.items ?? {})}`;
  return whole.type ?? "anything";
}

// The address and the options of a request; `given` has the texts of parameters by their names.
export function requestOf(operation, given, { key = "", body = "", files = [] } = {}) {
  let path = operation.path;
  const query = new URLSearchParams();
  const headers = {};
  for (const one of operation.parameters ?? []) {
    const value = given[one.name] ?? "";
    if (one.in === "path") path = path.replace(`{${one.name}}`, encodeURIComponent(value));
    else if (value && one.in === "query") query.append(one.name, value);
    else if (value) headers[one.name] = value;
  }
  const options = { method: operation.method, headers };
  if (key) headers.Authorization = `Bearer ${key}`;
  if (files.length) options.body = formOf(files);
  else if (body && operation.requestBody) {
    headers["Content-Type"] = JSON_TYPE;
    options.body = body;
  }
  const asked = query.toString();
  return { address: path.slice(1) + (asked ? `?${asked}` : ""), options };
}

function formOf(files) {
  const form = new FormData();
  for (const file of files) form.append("file", file, file.name);
  return form;
}
