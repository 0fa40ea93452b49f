// Which rows are chosen: some of them, or all that match but some.

import { useEffect, useMemo, useRef, useState } from "./html.mjs";

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
      // What of a list is chosen, as calls that do something by a filter take it.
      asked: (filter) => {
        if (!chosen.all) return { filter: { ids: [...chosen.ids] } };
        const which = Object.keys(filter).length ? { filter } : { all: true };
        return { ...which, except_ids: [...chosen.ids] };
      },
    };
  }, [chosen, rows, total]);
}
