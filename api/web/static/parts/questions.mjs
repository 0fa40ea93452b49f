// Questions of a dataset that are asked again and again, with the passages that each should find.

import { get, post, put, remove } from "../core/api.mjs";
import { complain } from "../core/toasts.mjs";
import { useLoaded } from "../core/loading.mjs";

// Returns the questions, `{ id, question, chunk_ids }`, the newest first, and what keeps or drops one.
export function useQuestions(dataset) {
  const path = `/datasets/${dataset}/questions`;
  const { data, failure, reload, set } = useLoaded((signal) => get(path, {}, signal), [path]);
  const kept = data ?? [];
  const expected = (question) => kept.find((one) => one.question === question)?.chunk_ids ?? [];
  const keep = (question, chunks) => put(path, { question, chunk_ids: chunks }).then(set, complain);
  const drop = ({ id }) => remove(path, { ids: [id] }).then(() => set(kept.filter((one) => one.id !== id)), complain);
  return { kept, failure, reload, keep, drop, expected };
}

const atOnce = 20;

// Asks kept questions with the settings of each side. Returns the means of each, `{ recall, ndcg }`, and the figures by question id.
// The server measures, as it does for `raglan eval`; its run is not kept, as these questions are asked again with each change.
export async function measured(dataset, kept, settings, k) {
  const path = `/datasets/${dataset}/evaluations`;
  const asked = kept.filter((one) => one.chunk_ids.length);
  if (!asked.length) return { sides: [], found: {} };
  const { id } = await post(path, { name: "console", k, settings });
  try {
    for (let start = 0; start < asked.length; start += atOnce) {
      const questions = asked.slice(start, start + atOnce).map((one) => ({ question: one.question, expected: one.chunk_ids.map((chunk) => ({ chunk_id: chunk })) }));
      await post(`${path}/${id}/questions`, { questions });
    }
    const run = await get(`${path}/${id}`);
    return { sides: run.settings, found: Object.fromEntries(asked.map((one, place) => [one.id, run.questions[place].figures])) };
  } finally {
    await remove(`${path}/${id}`);
  }
}

// The part of the expected passages that was found; undefined where none is expected.
export const recallOf = (expected, chunks) => (expected.length
  ? expected.filter((id) => chunks.some((chunk) => chunk.id === id)).length / expected.length
  : undefined);
