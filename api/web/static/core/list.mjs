// Long lists: as many rows as are seen are in the page, however many there are.

import { html, useEffect, useLayoutEffect, useRef, useState } from "./html.mjs";
import { call } from "./api.mjs";
import { t } from "./words.mjs";

const spare = 12;

// Rows of a list of the API, read page by page behind the last one that is known (`after=`).
export function useRows(path, query, { rowsOf, size = 50 }) {
  const [state, set] = useState({ rows: [], total: 0, isWhole: false, loading: true, failure: null });
  const current = useRef(state);
  current.current = state;
  const running = useRef(null);
  const key = JSON.stringify([path, query]);

  const read = async (rows, count, signal) => {
    const after = rows.length ? { after: rows.at(-1).id } : {};
    const envelope = await call("GET", path, { query: { ...query, ...after, page_size: count }, signal });
    const found = rowsOf(envelope);
    return { rows: [...rows, ...found.rows], total: found.total, isWhole: found.rows.length < count, loading: false, failure: null };
  };
  const run = async (rows, count) => {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    set((before) => ({ ...before, loading: true }));
    try {
      const made = await read(rows, count, mine.signal);
      if (!mine.signal.aborted) set(made);
    } catch (failure) {
      if (!mine.signal.aborted) set((before) => ({ ...before, loading: false, failure }));
    }
  };
  useEffect(() => {
    set({ rows: [], total: 0, isWhole: false, loading: true, failure: null });
    run([], size);
    return () => running.current?.abort();
  }, [key]);
  return {
    ...state,
    more: () => { const now = current.current; if (!now.loading && !now.isWhole && !now.failure) run(now.rows, size); },
    reload: () => run([], Math.min(10000, Math.max(size, current.current.rows.length))),
    change: (rows) => set((before) => ({ ...before, rows, total: before.total + rows.length - before.rows.length })),
  };
}

// A table of which only the rows near the window exist. Columns are `{ name, label, cell, class }`.
export function Table({ rows, columns, total, more, rowClass, label, selection, keyOf = (row) => row.id }) {
  const body = useRef(null);
  const [range, setRange] = useState({ from: 0, to: 40, height: 45 });
  useLayoutEffect(() => {
    const scroller = body.current.closest("main");
    const look = () => {
      const drawn = body.current.querySelector("tr[aria-rowindex]");
      const height = drawn ? Math.max(20, drawn.getBoundingClientRect().height) : 45;
      const above = scroller.getBoundingClientRect().top - body.current.getBoundingClientRect().top;
      const from = Math.max(0, Math.floor(above / height) - spare);
      const to = Math.ceil((above + scroller.clientHeight) / height) + spare;
      setRange((before) => before.from === from && before.to === to && before.height === height ? before : { from, to, height });
    };
    look();
    const watch = new ResizeObserver(look);
    watch.observe(scroller);
    scroller.addEventListener("scroll", look, { passive: true });
    return () => { watch.disconnect(); scroller.removeEventListener("scroll", look); };
  }, [rows.length > 0]);
  useEffect(() => { if (more && range.to >= rows.length - spare) more(); }, [range.to, rows.length]);
  const to = Math.min(range.to, rows.length);
  const from = Math.min(range.from, Math.max(0, to - 1));
  const gap = (count) => html`<tr class="gap" aria-hidden="true"><td colspan=${columns.length + (selection ? 1 : 0)} style=${{ height: `${count * range.height}px` }}></td></tr>`;
  return html`<table class="table" aria-label=${label} aria-rowcount=${total + 1}>
    <thead><tr aria-rowindex="1">
      ${selection && html`<th class="select"><input type="checkbox" aria-label=${t("core.select_shown")} checked=${selection.isAll} ref=${(box) => { if (box) box.indeterminate = selection.isSome && !selection.isAll; }} onChange=${selection.toggleAll} /></th>`}
      ${columns.map((column) => column.label ? html`<th key=${column.name} class=${column.class ?? ""} scope="col">${column.label}</th>` : html`<td key=${column.name} class=${column.class ?? ""}></td>`)}
    </tr></thead>
    <tbody ref=${body}>
      ${from > 0 && gap(from)}
      ${rows.slice(from, to).map((row, place) => html`<tr key=${keyOf(row)} class="${rowClass?.(row) ?? ""} ${selection?.has(row) ? "selected" : ""}" aria-rowindex=${from + place + 2}>
        ${selection && html`<td class="select"><input type="checkbox" aria-label=${t("core.select", { name: row.name })} checked=${selection.has(row)} onClick=${(event) => selection.toggle(row, event.shiftKey)} /></td>`}
        ${columns.map((column) => html`<td key=${column.name} class=${column.class ?? ""} data-label=${column.label}>${column.cell(row)}</td>`)}
      </tr>`)}
      ${to < rows.length && gap(rows.length - to)}
    </tbody>
  </table>`;
}
