// The text of a chunk as paragraphs and rows of tables. It becomes elements, never markup.

import { Fragment, html } from "../core/html.mjs";

// A text that is longer is shown as it is: it must not hold up the page.
const longest = 20000;
const entities = { amp: "&", lt: "<", gt: ">", quot: "\"", "#x27": "'" };
const plain = (text) => text.replace(/&(amp|lt|gt|quot|#x27);/g, (_, name) => entities[name]);

// With `marked` what stands in `<em>` is what was looked for. Of more than `most` lines and cells the
// rest is shown as it is, so that a page has no more elements than somebody can look at.
export function Written({ text, marked, most = 400 }) {
  if (text.length > longest) return html`<p>${text}</p>`;
  const made = [];
  let left = most;
  const blocks = text.split(/(<table>[^]*?<\/table>)/).flatMap((part) => part.startsWith("<table>") ? [tableOf(part)] : blocksOf(part));
  for (const [place, block] of blocks.entries()) {
    if (left <= 0) return [...made, html`<p key="rest">${spans(blocks.slice(place).map(plainOf).join("\n"), marked)}</p>`];
    made.push(block.rows ? html`<${Grid} key=${place} block=${block} marked=${marked} most=${left} />` : html`<${Line} key=${place} line=${block.line} marked=${marked} />`);
    left -= block.rows ? cellsIn(block.rows) : 1;
  }
  return made;
}

const cellsIn = (rows) => rows.reduce((sum, row) => sum + row.length + 1, 0);
const written = (rows) => rows.map((row) => row.map((cell) => cell[1]).join(" | ")).join("\n");
const plainOf = (block) => block.line ?? written(block.rows);

// A table as chunks have it in HTML: caption, names, rows.
function tableOf(text) {
  const cells = (row) => [...row[1].matchAll(/<(t[dh])>([^]*?)<\/t[dh]>/g)].map((cell) => [cell[1], plain(cell[2])]);
  return { caption: plain(/<caption>([^]*?)<\/caption>/.exec(text)?.[1] ?? ""), rows: [...text.matchAll(/<tr>([^]*?)<\/tr>/g)].map(cells) };
}

// Lines of cells that follow each other are rows; all others are paragraphs.
function blocksOf(text) {
  const made = [];
  for (const line of text.split("\n")) {
    if (line.includes(" | ")) {
      const cells = line.split(" | ").map((cell) => ["td", cell]);
      if (made.at(-1)?.rows) made.at(-1).rows.push(cells);
      else made.push({ caption: "", rows: [cells] });
    } else if (line.trim()) made.push({ line });
  }
  return made;
}

function Line({ line, marked }) {
  const heading = /^#{1,6}\s+(.*)$/.exec(line);
  return heading ? html`<p class="as-heading">${spans(heading[1], marked)}</p>` : html`<p>${spans(line, marked)}</p>`;
}

function Grid({ block, marked, most }) {
  let left = most;
  const rows = block.rows.filter((row) => { const fits = left > 0; left -= row.length + 1; return fits; });
  const rest = block.rows.slice(rows.length);
  return html`<${Fragment}><div class="scroll" tabindex="0" role="group" aria-label=${block.caption || undefined}><table>${block.caption && html`<caption>${block.caption}</caption>`}<tbody>${rows.map((row, place) => html`<tr key=${place}>
    ${row.map(([Tag, cell], at) => html`<${Tag} key=${at}>${spans(cell, marked)}<//>`)}</tr>`)}</tbody></table></div>
    ${rest.length > 0 && html`<p>${spans(written(rest), marked)}</p>`}<//>`;
}

// A text with the words that were looked for marked.
export function spans(text, marked) {
  if (!marked) return text;
  return text.split(/(<em>[^]*?<\/em>)/).map((part, place) => part.startsWith("<em>") ? html`<mark key=${place}>${part.slice(4, -5)}</mark>` : part);
}
