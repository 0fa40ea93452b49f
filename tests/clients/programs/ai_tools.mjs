// Lets a plain model call a tool as the AI SDK does; prints what it returned.
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

const [url, key, name] = process.argv.slice(2);
const model = createOpenAI({ baseURL: url, apiKey: key }).chat(name);
const told = { lit: [] };
const light = tool({
  description: "Lights a lamp.",
  inputSchema: z.object({ lamp: z.string() }),
  execute: async ({ lamp }) => {
    told.lit.push(lamp);
    return "lit";
  },
});
const asked = { model, tools: { light }, stopWhen: stepCountIs(3), maxRetries: 0 };
try {
  const whole = await generateText({ ...asked, prompt: "Light it." });
  told.whole = [whole.text, whole.finishReason, whole.steps.length];
  const stream = streamText({ ...asked, prompt: "Light it." });
  told.streamed = "";
  for await (const piece of stream.textStream) told.streamed += piece;
  told.steps = (await stream.steps).length;
  try {
    await generateText({ model, prompt: "no", maxRetries: 0 });
  } catch (error) {
    told.refused = error.message;
  }
} catch (error) {
  told.error = [error.constructor.name, error.message];
}
console.log(JSON.stringify(told));
