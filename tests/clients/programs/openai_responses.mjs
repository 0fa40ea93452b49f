// Asks for responses as OpenAI's JavaScript client does; prints what it returned.
import OpenAI from "openai";

const [url, key, model, store, question] = process.argv.slice(2);
const client = new OpenAI({ baseURL: url, apiKey: key, maxRetries: 0 });
const told = {};
const tools = [{ type: "file_search", vector_store_ids: [store], max_num_results: 1 }];
const include = ["file_search_call.results"];
const input = question;
try {
  const first = await client.responses.create({ model, input, tools, include });
  const [search, message] = first.output;
  told.whole = [first.status, first.output_text, first.usage.total_tokens > 0];
  told.search = [search.type, search.queries, search.results[0].filename];
  told.cited = message.content[0].annotations.map((item) => [
    item.type,
    item.filename,
    first.output_text.slice(item.index, item.index + 6),
  ]);
  const stream = client.responses.stream({ model, input, tools });
  const kinds = [];
  for await (const event of stream) kinds.push(event.type);
  const final = await stream.finalResponse();
  told.streamed = [final.output_text, kinds[0], kinds[kinds.length - 1]];
  told.deltas = "";
  for await (const event of await client.responses.create({ model, input, stream: true }))
    if (event.type === "response.output_text.delta") told.deltas += event.delta;
  const again = { model, input: "And?", previous_response_id: first.id };
  const second = await client.responses.create(again);
  told.second = [second.output_text, second.previous_response_id === first.id];
  const kept = await client.responses.retrieve(first.id, { include });
  told.kept = JSON.stringify(kept) === JSON.stringify(first);
  told.deleted = (await client.responses.delete(first.id)) ?? null;
  try {
    await client.responses.retrieve(first.id);
  } catch (error) {
    told.missing = error.code;
  }
  try {
    await client.responses.create({ model, input, tools: [{ type: "web_search" }] });
  } catch (error) {
    told.refused = error.message;
  }
  try {
    for await (const _ of await client.responses.create({ model, input: "fail", stream: true }));
  } catch (error) {
    told.failed = error.message;
  }
} catch (error) {
  told.error = [error.constructor.name, error.message];
}
console.log(JSON.stringify(told));
