// The title of the window: the page's own, and the name of the server's software.

import { useEffect } from "./html.mjs";

export function useTitle(text) {
  useEffect(() => { document.title = text ? `${text} · Raglan` : "Raglan"; }, [text]);
}
