// Questions of a dataset that are asked again and again, with the passages that each should find.

import { get, put, remove } from "../core/api.mjs";
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

// The part of the expected passages that was found; undefined where none is expected.
export const recallOf = (expected, chunks) => (expected.length
  ? expected.filter((id) => chunks.some((chunk) => chunk.id === id)).length / expected.length
  : undefined);
