// Which rows are chosen: some of them, or all that match but some.

import { useEffect, useMemo, useRef, useState } from "./html.mjs";
import { call } from "./api.mjs";

const nothing = { all: false, ids: new Set() };

export function useSelection(rows, total, on) {
  const [chosen, set] = useState(nothing);
  const last = useRef(-1);
  useEffect(() => { set(nothing); }, on);
  return useMemo(() => {
    const has = (row) => chosen.all !== chosen.ids.has(row.id);
    const count = chosen.all ? total - chosen.ids.size : chosen.ids.size;
    const toggle = (row, isRange) => {
      const place = rows.indexOf(row);
      const from = isRange && last.current >= 0 ? Math.min(last.current, place) : place;
      const to = isRange && last.current >= 0 ? Math.max(last.current, place) : place;
      const wanted = !has(row);
      const ids = new Set(chosen.ids);
      for (const one of rows.slice(from, to + 1)) {
        if (wanted === chosen.all) ids.delete(one.id);
        else ids.add(one.id);
      }
      last.current = place;
      set({ ...chosen, ids });
    };
    const isAll = rows.length > 0 && rows.every(has);
    return {
      has, count, toggle, isAll, isSome: count > 0,
      isEverything: chosen.all && chosen.ids.size === 0,
      toggleAll: () => set(isAll ? nothing : { all: false, ids: new Set(rows.map((row) => row.id)) }),
      everything: () => set({ all: true, ids: new Set() }),
      clear: () => set(nothing),
      // The ids of all that are chosen: those of rows that were not read yet are asked for.
      idsOf: async (path, query, rowsOf) => {
        if (!chosen.all) return [...chosen.ids];
        return (await everyId(path, query, rowsOf)).filter((id) => !chosen.ids.has(id));
      },
    };
  }, [chosen, rows, total]);
}

const part = 10000;

async function everyId(path, query, rowsOf) {
  const ids = [];
  for (;;) {
    const after = ids.length ? { after: ids.at(-1) } : {};
    const envelope = await call("GET", path, { query: { ...query, ...after, fields: "id", page_size: part } });
    const found = rowsOf(envelope).rows.map((row) => row.id);
    ids.push(...found);
    if (found.length < part) return ids;
  }
}

// Does something with each of many things, some at once; tells how many went well and what failed.
export async function inTurn(things, run, atOnce = 4) {
  const waiting = [...things];
  const failures = [];
  const work = async () => {
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      try {
        await run(one);
      } catch (failure) {
        failures.push(failure);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return { done: things.length - failures.length, failures };
}
