// Asks for responses as the AI SDK does by default; prints what it returned.
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, streamText } from "ai";

const [url, key, name, store, question] = process.argv.slice(2);
const openai = createOpenAI({ baseURL: url, apiKey: key });
const model = openai(name);
const told = {};
const tools = {
  file_search: openai.tools.fileSearch({ vectorStoreIds: [store], maxNumResults: 1 }),
};
const maxRetries = 0;
try {
  const whole = await generateText({ model, prompt: question, tools, maxRetries });
  told.whole = [whole.text, whole.finishReason, whole.usage.totalTokens > 0];
  told.tools = whole.content.map((part) => part.type);
  told.sources = whole.sources.map((item) => [item.sourceType, item.filename]);
  const stream = streamText({ model, prompt: question, tools, maxRetries });
  told.streamed = "";
  for await (const piece of stream.textStream) told.streamed += piece;
  told.finish = await stream.finishReason;
  const messages = [
    { role: "user", content: question },
    ...whole.response.messages,
    { role: "user", content: "And?" },
  ];
  const next = await generateText({ model, messages, tools, maxRetries });
  told.second = next.text;
  try {
    await generateText({ model: openai("gpt-4"), prompt: question, maxRetries });
  } catch (error) {
    told.missing = error.message;
  }
  told.failed = "";
  const broken = streamText({
    model,
    prompt: "fail",
    maxRetries,
    onError: ({ error }) => {
      told.failed = error.message ?? JSON.stringify(error);
    },
  });
  for await (const _ of broken.textStream);
} catch (error) {
  told.error = [error.constructor.name, error.message];
}
console.log(JSON.stringify(told));
