// A page of a file as a picture, with boxes around what stands on it.

import { address } from "../core/api.mjs";
import { html, useLayoutEffect, useRef } from "../core/html.mjs";
import { t } from "../core/words.mjs";

// How large a page is, of the runs of pages that are equally large.
export const sizeOf = (sizes, number) => sizes.find((one) => one.first <= number && number <= one.last);

// `boxes` are `{ id, box: [page, left, right, top, bottom] }` of this page; those of `chosen` are seen first.
export function Sheet({ path, number, size, name, boxes, chosen, hovered, onHover, onChoose }) {
  const scroller = useRef(null);
  const first = useRef(null);
  const look = () => first.current?.scrollIntoView({ block: "nearest" });
  useLayoutEffect(look, [chosen, number]);
  const target = boxes.findIndex((one) => one.id === chosen);
  return html`<div class="sheet-scroll" ref=${scroller} tabindex="0" role="group" aria-label=${t("sheet.page", { page: number })}>
    <div class="sheet-page" style=${{ aspectRatio: `${size.width} / ${size.height}` }}><img src=${address(`${path}/pages/${number}`, { width: 1000 })} alt=${t("sheet.picture", { page: number, name })} onLoad=${look} />
      <svg viewBox=${`0 0 ${size.width} ${size.height}`} preserveAspectRatio="none" aria-hidden="true">
        ${boxes.map(({ id, box: [, left, right, top, bottom] }, index) => html`<rect key=${index} ref=${index === target ? first : undefined} class="${id === chosen ? "chosen" : ""} ${id === hovered ? "hovered" : ""}"
          x=${left} y=${top} width=${right - left} height=${bottom - top} rx="2" onMouseEnter=${() => onHover?.(id)} onMouseLeave=${() => onHover?.(null)} onClick=${() => onChoose?.(id)} />`)}
      </svg></div>
  </div>`;
}

const most = 400;

// The boxes of chunks, or passages, that stand on a page.
export const boxesOn = (chunks, number) => chunks.flatMap(({ id, positions }) => positions.filter((box) => box[0] === number).map((box) => ({ id, box }))).slice(0, most);
