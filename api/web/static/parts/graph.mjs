// A line over the minutes of an hour, as a picture that is told in words, too.

import { html } from "../core/html.mjs";
import { count } from "../core/format.mjs";

const width = 300;
const height = 64;
const hour = 3600000;

// `points` are pairs of a time in ms and a number, the oldest first.
export function Graph({ name, tell, points }) {
  const [end, now] = points.at(-1);
  const most = Math.max(...points.map((point) => point[1]));
  const top = Math.max(1, most);
  const across = (time) => (width * (1 - (end - time) / hour)).toFixed(1);
  const up = (value) => (height - 2 - (height - 6) * (value / top)).toFixed(1);
  const line = points.map(([time, value]) => `${across(time)} ${up(value)}`);
  return html`<figure class="graph card"><figcaption class="row"><span class="grow">${name}</span><b>${count(now)}</b></figcaption>
    <svg viewBox=${`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label=${tell(now, most)}>
      <path class="axis" d=${`M0 ${height - 2} H${width}`} />
      <path class="area" d=${`M${across(points[0][0])} ${height} L${line.join(" L")} L${width} ${height} Z`} /><path class="line" d=${`M${line.join(" L")}`} /></svg></figure>`;
}
