// Uses the server as OpenAI's JavaScript client does; prints what it returned.
import OpenAI from "openai";

const [url, key, model, question] = process.argv.slice(2);
const client = new OpenAI({ baseURL: url, apiKey: key, maxRetries: 0 });
const messages = [{ role: "user", content: question }];
const told = {};
try {
  const whole = await client.chat.completions.create({ model, messages });
  told.whole = whole.choices[0].message.content;
  told.tokens = whole.usage.total_tokens;
  told.streamed = "";
  const options = { include_usage: true };
  const stream = await client.chat.completions.create({
    model,
    messages,
    stream: true,
    stream_options: options,
    reference: true,
  });
  for await (const chunk of stream) {
    told.streamed += chunk.choices[0]?.delta?.content ?? "";
    told.usage = chunk.usage?.total_tokens;
    told.reference ??= chunk.choices[0]?.delta?.reference?.[0]?.document_name;
  }
  const helper = client.chat.completions.stream({ model, messages });
  told.helper = (await helper.finalChatCompletion()).choices[0].message.content;
  const { content, annotations } = whole.choices[0].message;
  told.cited = (annotations ?? []).map(({ type, url_citation: at }) => [
    type,
    at.url,
    at.title,
    content.slice(at.start_index, at.end_index),
  ]);
  told.text = (await client.completions.create({ model, prompt: question })).choices[0].text;
  told.texts = "";
  for await (const piece of await client.completions.create({
    model,
    prompt: question,
    stream: true,
  }))
    told.texts += piece.choices[0].text;
  told.models = [];
  for await (const item of client.models.list()) told.models.push(item.id);
  told.one = (await client.models.retrieve(model)).id;
  const input = ["the lamp", "the tide"];
  const wanted = { model: "wordllama@Builtin", input };
  const vectors = await client.embeddings.create(wanted);
  const floats = await client.embeddings.create({ ...wanted, encoding_format: "float" });
  told.same =
    JSON.stringify(vectors.data.map((item) => Array.from(item.embedding, Math.fround))) ===
    JSON.stringify(floats.data.map((item) => Array.from(item.embedding, Math.fround)));
  try {
    await client.chat.completions.create({ model: "gpt-4", messages });
  } catch (error) {
    told.missing = [error.code, error.type, error.message, Boolean(error.requestID)];
  }
  told.cut = [];
  const failing = { model, messages: [{ role: "user", content: "fail" }], stream: true };
  try {
    for await (const chunk of await client.chat.completions.create(failing))
      told.cut.push(chunk.choices[0].delta.content);
  } catch (error) {
    told.cut.push(error.message);
  }
} catch (error) {
  told.error = [error.constructor.name, error.message];
}
console.log(JSON.stringify(told));
