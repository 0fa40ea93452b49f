// How the run of a document stands: its chip, and what can be done about a failure.

import { html } from "../core/html.mjs";
import { percent } from "../core/format.mjs";
import { t } from "../core/words.mjs";

export const runs = ["UNSTART", "RUNNING", "DONE", "FAIL", "CANCEL"];
const kinds = { UNSTART: "", RUNNING: "busy", DONE: "good", FAIL: "bad", CANCEL: "warn" };

export const kindOf = (run) => kinds[run] ?? "";

export function State({ document }) {
  const { run, progress } = document;
  const isMoving = run === "RUNNING" && progress > 0;
  return html`<span class="chip ${kindOf(run)}">${t(`document_states.${run}`)}${isMoving && ` ${percent(progress)}`}</span>
    ${isMoving && html`<progress max="1" value=${progress} aria-label=${t("document_states.progress", { name: document.name })}></progress>`}`;
}

// What a log of a run says at its end, without the time that stands before it.
export function reasonOf(log) {
  const lines = (log ?? "").trim().split("\n");
  return (lines.findLast((line) => /fail|error|cannot|could not|not /i.test(line)) ?? lines.at(-1)).replace(/^[\d: .-]+/, "");
}

const remedies = [
  [/password|encrypt/i, "remedy_password"],
  [/not implemented|not built|unsupported|no parser/i, "remedy_method"],
  [/time limit|memory|too (large|long|big)|limit/i, "remedy_limit"],
  [/embed|model|endpoint/i, "remedy_model"],
  [/disk|no space/i, "remedy_disk"],
  [/no text|empty|image/i, "remedy_image"],
];

export function remedyOf(reason) {
  const found = remedies.find(([pattern]) => pattern.test(reason));
  return t(`document_states.${found ? found[1] : "remedy_other"}`);
}
