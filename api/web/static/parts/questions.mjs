// Questions of a dataset that are asked again and again, with the passages that each should find.
// They are kept in this browser.

import { useState } from "../core/html.mjs";

const most = 200;
const placeOf = (dataset) => `raglan-questions-${dataset}`;

function read(dataset) {
  try {
    const found = JSON.parse(localStorage.getItem(placeOf(dataset)));
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

// Returns the questions, `{ q, expected: [ids] }`, the newest first, and what keeps or drops one.
export function useQuestions(dataset) {
  const [kept, set] = useState(() => read(dataset));
  const write = (next) => {
    localStorage.setItem(placeOf(dataset), JSON.stringify(next));
    set(next);
  };
  const drop = (q) => write(kept.filter((one) => one.q !== q));
  const keep = (q, expected) => write([{ q, expected }, ...kept.filter((one) => one.q !== q)].slice(0, most));
  return { kept, keep, drop, expected: (q) => kept.find((one) => one.q === q)?.expected ?? [] };
}

// The part of the expected passages that was found; undefined where none is expected.
export const recallOf = (expected, chunks) => (expected.length
  ? expected.filter((id) => chunks.some((chunk) => chunk.id === id)).length / expected.length
  : undefined);
