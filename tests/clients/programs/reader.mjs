// Makes requests as the page at /docs does, by the modules that it is sent; prints what comes back.

const [url, key] = process.argv.slice(2);
const source = await (await fetch(`${url}/docs/operations.mjs`)).text();
const page = await import(`data:text/javascript,${encodeURIComponent(source)}`);

const description = await (await fetch(`${url}/openapi.json`)).json();
const operations = page.operationsOf(description);
const found = (method, path) => operations.find((one) => one.method === method && one.path === path);

async function sent(operation, given, options) {
  const made = page.requestOf(operation, given, options);
  const answer = await fetch(`${url}/${made.address}`, made.options);
  return { status: answer.status, body: await answer.json() };
}

const create = found("POST", "/api/v1/datasets");
const list = found("GET", "/api/v1/datasets");
const upload = found("POST", "/api/v1/datasets/{dataset_id}/documents");
const body = page.exampleOf(create).replace("handbook", "made by the reader");
const made = await sent(create, {}, { key, body });
const id = made.body.data.id;
const file = new File(["The lamp is lit at dusk."], "lamp.txt");
const content = create.requestBody.content["application/json"];
console.log(JSON.stringify({
  operations: operations.length,
  groups: [...page.groupsOf(operations, "start a session").keys()],
  fields: page.fieldsOf(description, content.schema),
  made: made.body.data.name,
  listed: (await sent(list, { name: made.body.data.name }, { key })).body.data.length,
  uploaded: (await sent(upload, { dataset_id: id }, { key, files: [file] })).body.data[0].name,
  missing: (await sent(found("GET", "/api/v1/datasets/{dataset_id}"), { dataset_id: "a/b" }, { key })).status,
  refused: (await sent(list, {}, {})).status,
}));
