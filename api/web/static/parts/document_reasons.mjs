// Why documents failed, each reason once with what to do about it.

import { Trouble } from "../core/widgets.mjs";
import { html } from "../core/html.mjs";
import { Icon } from "../core/icons.mjs";
import { get } from "../core/api.mjs";
import { reasonOf, remedyOf } from "./document_states.mjs";
import { t } from "../core/words.mjs";
import { useLoaded } from "../core/loading.mjs";

const most = 50;

export function Reasons({ path, rows }) {
  const ids = rows.slice(0, most).map((row) => row.id);
  const logs = useLoaded((signal) => get(path, { ids, page_size: most, fields: "id,name,progress_msg" }, signal), [ids.join()]);
  if (logs.failure) return html`<${Trouble} failure=${logs.failure} onRetry=${logs.reload} />`;
  const groups = Map.groupBy(logs.data?.docs ?? [], (one) => reasonOf(one.progress_msg).replace(one.name, "…"));
  return html`<div class="stack tight">${[...groups].slice(0, 5).map(([reason, found]) => html`<div key=${reason} class="notice bad">
    <${Icon} name="warning" /><div class="grow"><p><b>${found.length === 1 ? reasonOf(found[0].progress_msg) : reason}</b></p><p>${remedyOf(reason)}</p>
    <p class="small quiet clip">${t("document_reasons.files", { count: found.length, names: found.slice(0, 5).map((one) => one.name).join(", ") })}</p></div></div>`)}</div>`;
}
