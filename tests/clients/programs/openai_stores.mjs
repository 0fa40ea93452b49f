// Uses files and vector stores as OpenAI's JavaScript client does; prints what it returned.
import OpenAI, { toFile } from "openai";

const [url, key, name, question] = process.argv.slice(2);
const client = new OpenAI({ baseURL: url, apiKey: key, maxRetries: 0 });
const told = {};
const TEXT = "The lighthouse keeper lights the lamp at dusk and puts it out at dawn.";
const all = async (pages) => {
  const found = [];
  for await (const item of pages) found.push(item);
  return found;
};
try {
  const sent = await toFile(Buffer.from(TEXT), "Wärter.txt");
  const file = await client.files.create({ file: sent, purpose: "user_data" });
  told.file = [file.object, file.filename, file.bytes, file.purpose, file.status];
  told.content = (await (await client.files.content(file.id)).text()) === TEXT;
  const listed = (await all(client.files.list({ limit: 1 }))).map(({ id }) => id);
  told.listed = listed.includes(file.id) && listed.length === new Set(listed).size;
  const stores = client.vectorStores;
  const store = await stores.create({ name, metadata: { shelf: "north" } });
  told.store = [store.object, store.name, store.metadata, store.status];
  const attributes = { shelf: "north", year: 1999 };
  const member = await stores.files.createAndPoll(store.id, { file_id: file.id, attributes });
  told.member = [member.id === file.id, member.status, member.last_error, member.attributes];
  const files = [await toFile(Buffer.from("The tide."), "a.txt")];
  const batch = await stores.fileBatches.uploadAndPoll(store.id, { files });
  told.batch = [batch.status, batch.file_counts.completed, batch.file_counts.total];
  told.members = (await all(stores.files.list(store.id, { limit: 1 }))).length;
  const found = await stores.search(store.id, {
    query: question,
    max_num_results: 1,
    filters: { type: "eq", key: "shelf", value: "north" },
  });
  told.found = found.data.map((item) => [
    item.file_id === file.id,
    item.filename,
    item.score > 0.1,
    item.content[0].text,
  ]);
  told.deleted = [(await client.files.delete(file.id)).deleted];
  told.deleted.push((await stores.delete(store.id)).deleted);
  try {
    await stores.retrieve(store.id);
  } catch (error) {
    told.missing = [error.code, error.type, error.message.includes("no vector store")];
  }
} catch (error) {
  told.error = [error.constructor.name, error.message];
}
console.log(JSON.stringify(told));
