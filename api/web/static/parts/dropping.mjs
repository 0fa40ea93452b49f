// Files that come to a page: dropped anywhere on it, and arrived at the server.

import { arrived, filesOf } from "../core/uploads.mjs";
import { useEffect, useRef, useState } from "../core/html.mjs";

// Reads again when files have arrived; those that come together count once.
export function useArrived(reload) {
  const seen = useRef(arrived.value);
  const now = arrived.value;
  useEffect(() => {
    if (now === seen.current) return undefined;
    const timer = setTimeout(() => { seen.current = now; reload(); }, 400);
    return () => clearTimeout(timer);
  }, [now]);
}

// Files that are dropped anywhere; whether some are over the window.
export function useDrop(add) {
  const [isOver, set] = useState(false);
  const last = useRef(add);
  last.current = add;
  useEffect(() => {
    let depth = 0;
    const has = (event) => event.dataTransfer?.types.includes("Files");
    const enter = (event) => { if (has(event)) { depth += 1; set(true); event.preventDefault(); } };
    const over = (event) => { if (has(event)) event.preventDefault(); };
    const leave = (event) => { if (has(event)) { depth -= 1; if (depth <= 0) set(false); } };
    const drop = async (event) => {
      if (!has(event)) return;
      event.preventDefault();
      depth = 0;
      set(false);
      last.current(await filesOf(event.dataTransfer));
    };
    const all = { dragenter: enter, dragover: over, dragleave: leave, drop };
    for (const [name, run] of Object.entries(all)) addEventListener(name, run);
    return () => { for (const [name, run] of Object.entries(all)) removeEventListener(name, run); };
  }, []);
  return isOver;
}
