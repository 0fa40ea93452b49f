// Uses the server as a client of @modelcontextprotocol/client does; prints what it returned.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const [url, key, question, assistant] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${key}` };
try {
  const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
  const client = new Client({ name: "test", version: "1.0.0" });
  await client.connect(transport);
  const tools = await client.listTools();
  const found = await client.callTool({ name: "search", arguments: { question } });
  const wrong = { name: "search", arguments: { question, datasets: ["no"] } };
  const failed = await client.callTool(wrong);
  const answered = await client.callTool({ name: "ask", arguments: { question, assistant } });
  const resources = await client.listResources();
  console.log(
    JSON.stringify({
      server: client.getServerVersion().name,
      tools: tools.tools.map((tool) => tool.name),
      content: found.structuredContent.hits[0].content,
      is_error: failed.isError,
      sentence: failed.content[0].text,
      answer: answered.structuredContent.answer,
      resources: resources.resources.map((resource) => resource.name),
    }),
  );
  await client.close();
} catch (error) {
  console.log(JSON.stringify({ error: `${error.name}: ${error.message}` }));
}
