// Answers as they are made: the events of a stream, which can be stopped.

import { Failure, address } from "../core/api.mjs";
import { t } from "../core/words.mjs";

// Asks, and calls `hear(data)` for each event. Raises a Failure for what the server refuses, or where
// the answer breaks off.
export async function asked(path, body, hear, signal) {
  const answer = await opened(path, body, signal);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) told(event, hear, answer);
  }
}

async function opened(path, body, signal) {
  const headers = { "Content-Type": "application/json", "X-Raglan-Console": "1" };
  let answer;
  try {
    answer = await fetch(address(path), { method: "POST", headers, body: JSON.stringify(body), signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure(0, 0, t("core.unreachable"));
  }
  if (answer.ok && answer.headers.get("Content-Type")?.startsWith("text/event-stream")) return answer;
  const envelope = await answer.json().catch(() => null);
  throw new Failure(answer.ok ? 500 : answer.status, envelope?.code ?? 0,
    envelope?.message || t("core.no_envelope", { status: answer.status }), answer.headers.get("X-Request-Id") ?? "");
}

// A sign of life is a comment, and the event that ends a stream has `true` as its data.
function told(event, hear, answer) {
  const line = event.split("\n").find((one) => one.startsWith("data:"));
  if (!line) return;
  const { code, message, data } = JSON.parse(line.slice(5));
  if (code) throw new Failure(500, code, message, answer.headers.get("X-Request-Id") ?? "");
  if (data !== true) hear(data);
}
