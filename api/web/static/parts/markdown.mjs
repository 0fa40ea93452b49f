// Markdown as elements, never as markup: what a model writes is text, and nothing of it is HTML.
// It knows what answers are made of. What it does not know stays as it is written.

import { Fragment, html } from "../core/html.mjs";

// A block that is longer is shown as it is: nobody reads it, and it must not hold up the page.
const longest = 20000;

const bullet = /^( *)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const fence = /^ {0,3}(```+|~~~+)\s*([\w+#.-]*)[^`]*$/;
const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/;
const rule = /^ {0,3}([-*_])( *\1){2,} *$/;
const divider = /^ *\|?( *:?-+:? *\|)+ *(:?-+:?)? *$/;
const inline = new RegExp([
  "(`+)([^`]|[^`][^]*?[^`])\\1(?!`)",
  "\\[ID:(\\d+)\\]",
  "!?\\[([^\\]\\n]*)\\]\\(([^()\\s]*(?:\\([^()\\s]*\\)[^()\\s]*)*)(?:\\s+\"[^\"\\n]*\")?\\)",
  "\\*\\*(?=\\S)([^]*?\\S)\\*\\*",
  "~~(?=\\S)([^]*?\\S)~~",
  "\\*(?=[^\\s*])([^*]*[^\\s*])\\*(?!\\*)",
  "(https?:\\/\\/[^\\s<>()]*[^\\s<>().,;:!?'\"])",
  "\\\\([!-/:-@[-`{-~])",
  "(\\n)",
].join("|"), "g");
const entities = { amp: "&", lt: "<", gt: ">", quot: "\"", nbsp: "\u00a0", "#39": "'" };

const plain = (text) => text.replace(/&(amp|lt|gt|quot|nbsp|#39);/g, (_, name) => entities[name]);

// The elements of a text; `cite(i)` makes that of the marker `[ID:i]`.
export function Markdown({ text, cite }) {
  return html`<div class="markdown">${blocks(text.replace(/\r\n?/g, "\n").split("\n"), cite)}</div>`;
}

function blocks(lines, cite) {
  const made = [];
  let place = 0;
  while (place < lines.length) {
    if (!lines[place].trim()) { place += 1; continue; }
    const [element, next] = block(lines, place, cite);
    made.push(element);
    place = next;
  }
  return made;
}

function block(lines, place, cite) {
  const line = lines[place];
  const opened = fence.exec(line);
  if (opened) return code(lines, place, opened);
  const head = heading.exec(line);
  if (head) {
    const Level = `h${Math.min(6, head[1].length + 2)}`;
    return [html`<${Level}>${spans(head[2], cite)}<//>`, place + 1];
  }
  if (rule.test(line)) return [html`<hr />`, place + 1];
  if (/^ {0,3}>/.test(line)) return quote(lines, place, cite);
  if (bullet.test(line)) return list(lines, place, cite);
  if (line.includes("|") && divider.test(lines[place + 1] ?? "")) return table(lines, place, cite);
  return paragraph(lines, place, cite);
}

function code(lines, place, [, mark]) {
  let end = place + 1;
  while (end < lines.length && !lines[end].trim().startsWith(mark)) end += 1;
  return [html`<pre tabindex="0"><code>${lines.slice(place + 1, end).join("\n")}</code></pre>`, end + 1];
}

function quote(lines, place, cite) {
  let end = place;
  while (end < lines.length && /^ {0,3}>/.test(lines[end])) end += 1;
  return [html`<blockquote>${blocks(lines.slice(place, end).map((line) => line.replace(/^ {0,3}> ?/, "")), cite)}</blockquote>`, end];
}

// Items go on with what is indented below them, and with what follows their text at once.
function list(lines, place, cite) {
  const [, indent, mark] = bullet.exec(lines[place]);
  const isOrdered = /\d/.test(mark);
  const items = [];
  let end = place;
  for (; end < lines.length; end += 1) {
    const found = bullet.exec(lines[end]);
    const depth = /^ */.exec(lines[end])[0].length;
    if (found && depth <= indent.length + 1 && /\d/.test(found[2]) === isOrdered) items.push([found[3]]);
    else if (!lines[end].trim()) {
      const next = lines[end + 1] ?? "";
      if (!/^ {2,}\S/.test(next) && !(bullet.test(next) && /\d/.test(bullet.exec(next)[2]) === isOrdered)) break;
      items.at(-1).push("");
    } else if (depth > indent.length + 1) items.at(-1).push(lines[end].slice(Math.min(depth, indent.length + mark.length + 1)));
    else if (!starts(lines[end]) && lines[end - 1].trim()) items.at(-1).push(lines[end]);
    else break;
  }
  const made = items.map((item, index) => html`<li key=${index}>${tight(item, cite)}</li>`);
  return [isOrdered ? html`<ol start=${parseInt(mark, 10)}>${made}</ol>` : html`<ul>${made}</ul>`, end];
}

const starts = (line) => fence.test(line) || heading.test(line) || rule.test(line) || bullet.test(line) || /^ {0,3}>/.test(line);

// The text of an item stands without a paragraph of its own.
function tight(lines, cite) {
  let end = 0;
  while (end < lines.length && lines[end].trim() && (end === 0 || !starts(lines[end]))) end += 1;
  return html`<${Fragment}>${spans(lines.slice(0, end).join("\n"), cite)}${blocks(lines.slice(end), cite)}<//>`;
}

function table(lines, place, cite) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
  let end = place + 2;
  while (end < lines.length && lines[end].includes("|")) end += 1;
  const rows = lines.slice(place + 2, end).map(cells);
  return [html`<div class="scroll" tabindex="0"><table><thead><tr>${cells(lines[place]).map((cell, index) => html`<th key=${index}>${spans(cell, cite)}</th>`)}</tr></thead>
    <tbody>${rows.map((row, index) => html`<tr key=${index}>${row.map((cell, at) => html`<td key=${at}>${spans(cell, cite)}</td>`)}</tr>`)}</tbody></table></div>`, end];
}

function paragraph(lines, place, cite) {
  let end = place + 1;
  while (end < lines.length && lines[end].trim() && !starts(lines[end])) end += 1;
  return [html`<p>${spans(lines.slice(place, end).join("\n"), cite)}</p>`, end];
}

function spans(text, cite) {
  if (text.length > longest) return text;
  const made = [];
  let done = 0;
  for (const found of text.matchAll(inline)) {
    if (found.index > done) made.push(plain(text.slice(done, found.index)));
    made.push(span(found, cite));
    done = found.index + found[0].length;
  }
  if (done < text.length) made.push(plain(text.slice(done)));
  return made;
}

function span(found, cite) {
  const [whole, , source, marker, label, target, strong, struck, stressed, address, escaped, end] = found;
  if (source !== undefined) return html`<code>${source.trim()}</code>`;
  if (marker !== undefined) return cite ? cite(Number(marker)) : whole;
  if (target !== undefined) return link(plain(target), label ? spans(label, cite) : target, whole);
  if (strong !== undefined) return html`<strong>${spans(strong, cite)}</strong>`;
  if (struck !== undefined) return html`<del>${spans(struck, cite)}</del>`;
  if (stressed !== undefined) return html`<em>${spans(stressed, cite)}</em>`;
  if (address !== undefined) return link(address, address, whole);
  if (escaped !== undefined) return escaped;
  return end !== undefined ? html`<br />` : whole;
}

// A link leads to pages and mail alone; a picture is a link, too, as nothing is loaded from elsewhere.
function link(target, label, whole) {
  if (!/^(https?:\/\/|mailto:)/i.test(target)) return whole;
  return html`<a href=${target} target="_blank" rel="noreferrer noopener">${label}</a>`;
}
