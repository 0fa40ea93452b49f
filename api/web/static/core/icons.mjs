// Icons: lines on a grid of 24, in the colour of the text beside them.

import { html } from "./html.mjs";

// A point is a line of no length.
const shapes = {
  datasets: "M4 6c0-1.7 3.6-3 8-3s8 1.3 8 3-3.6 3-8 3-8-1.3-8-3Zm0 0v12c0 1.7 3.6 3 8 3s8-1.3 8-3V6M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3",
  folder: "M3 5h6l2 3h10v11H3V5Z",
  search: "M10.5 18a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15ZM16 16l5 5",
  chat: "M4 5h16v11H9l-5 4V5Z",
  tasks: "M9 6h12M9 12h12M9 18h12M3 6l1.5 1.5L7 5M3 12l1.5 1.5L7 11M3 18l1.5 1.5L7 17",
  models: "M12 2l8.5 5v10L12 22l-8.5-5V7L12 2ZM3.5 7l8.5 5 8.5-5M12 12v10",
  keys: "M15.5 13a5 5 0 1 0-4.6-3L3 18v3h4v-2h2v-2h2l1.9-2.4c.8.3 1.7.4 2.6.4ZM16 8h.01",
  people: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM2 21a7 7 0 0 1 14 0M16 3.5a4 4 0 0 1 0 7M19 14.5c1.9 1.2 3 3.6 3 6.5",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4",
  status: "M3 12h4l3-8 4 16 3-8h4",
  plus: "M12 5v14M5 12h14",
  upload: "M12 16V4M7 9l5-5 5 5M4 20h16",
  close: "M6 6l12 12M18 6L6 18",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  down: "M5 9l7 7 7-7",
  check: "M4 12.5l5 5L20 6.5",
  warning: "M12 9v5M12 17.5h.01M10.3 3.9L2.4 18a2 2 0 0 0 1.7 3h15.8a2 2 0 0 0 1.7-3L13.7 3.9a2 2 0 0 0-3.4 0Z",
  file: "M6 2h8l5 5v15H6V2ZM14 2v5h5",
  play: "M7 4l13 8-13 8V4Z",
  stop: "M6 6h12v12H6V6Z",
  retry: "M20 11a8 8 0 1 0-2.3 6.3M20 4v7h-7",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14M10 11v6M14 11v6",
  edit: "M4 20h4L20 8l-4-4L4 16v4ZM13 7l4 4",
  copy: "M9 9h11v11H9V9ZM5 15H4V4h11v1",
  eye: "M2 12s3.6-7 10-7 10 7 10 7-3.6 7-10 7-10-7-10-7ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  thumb: "M7 10v11H3V10h4Zm0 0l5-8c1.7 0 2.6 1.2 2.3 3L13.5 9H19c1.3 0 2.2 1.2 1.9 2.4l-1.9 8A2 2 0 0 1 17 21H7",
  tag: "M3 12V3h9l9 9-9 9-9-9ZM7.5 7.5h.01",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z",
  sun: "M12 17a5 5 0 1 0 0-10 5 5 0 0 0 0 10ZM12 1v2M12 21v2M4.2 4.2l1.4 1.4M18.4 18.4l1.4 1.4M1 12h2M21 12h2M4.2 19.8l1.4-1.4M18.4 5.6l1.4-1.4",
  globe: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3 12h18M12 3c5 5 5 13 0 18M12 3c-5 5-5 13 0 18",
  exit: "M10 4H4v16h6M15 8l4 4-4 4M19 12H9",
  help: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM9.5 9.2a2.6 2.6 0 1 1 3.6 2.6c-.8.4-1.1.9-1.1 1.9M12 17h.01",
};

export function Icon({ name, size = 18 }) {
  return html`<svg class="icon" viewBox="0 0 24 24" width=${size} height=${size} aria-hidden="true"><path d=${shapes[name]} /></svg>`;
}
