// Reading from the API within a component: what is there, what failed, and asking again.

import { useCallback, useEffect, useRef, useState } from "./html.mjs";

// Reads by `read(signal)` whenever a part of `on` changes. What was read stays until more is there.
export function useLoaded(read, on) {
  const [state, set] = useState({ data: undefined, failure: null, loading: true });
  const running = useRef(null);
  const load = useCallback(async () => {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    set((before) => ({ ...before, loading: true }));
    try {
      const data = await read(mine.signal);
      if (!mine.signal.aborted) set({ data, failure: null, loading: false });
    } catch (failure) {
      if (!mine.signal.aborted) set((before) => ({ ...before, failure, loading: false }));
    }
  }, on);
  useEffect(() => {
    load();
    return () => running.current?.abort();
  }, [load]);
  return { ...state, reload: load, set: (data) => set({ data, failure: null, loading: false }) };
}

// Calls `step` each second while `isOn` and somebody looks; the next second begins with its end.
export function usePolling(isOn, step, pause = 1000) {
  const last = useRef(step);
  last.current = step;
  useEffect(() => {
    if (!isOn) return undefined;
    let timer = 0;
    let over = false;
    const turn = async () => {
      if (!document.hidden) await last.current();
      if (!over) timer = setTimeout(turn, pause);
    };
    timer = setTimeout(turn, pause);
    return () => { over = true; clearTimeout(timer); };
  }, [isOn, pause]);
}

// A value as it is once it has stood still for some milliseconds: what is typed.
export function useSettled(value, pause = 200) {
  const [settled, set] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => set(value), pause);
    return () => clearTimeout(timer);
  }, [value, pause]);
  return settled;
}
