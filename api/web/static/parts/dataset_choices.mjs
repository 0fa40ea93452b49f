// Datasets that are ticked in a form, however many there are: some are shown, and others found by their names.

import { Field, Skeleton, Trouble } from "../core/widgets.mjs";
import { html, useEffect, useState } from "../core/html.mjs";
import { useLoaded, useSettled } from "../core/loading.mjs";
import { get } from "../core/api.mjs";
import { t } from "../core/words.mjs";

const most = 50;
const none = [];
const all = () => true;

// The ids of those that are ticked, from the values of a form.
export const tickedIn = (values) => Object.keys(values).filter((name) => name.startsWith("in-")).map((name) => name.slice(3));

// `ticked` are those that are ticked at first, `{ id, name }`; with `takesOnly` the only one there is. `fits` tells which may be chosen.
export function DatasetChoices({ legend, ticked = none, fits = all, takesOnly, nothing }) {
  const [text, find] = useState("");
  const [chosen, set] = useState(() => new Map(ticked.map((one) => [one.id, one])));
  const keywords = useSettled(text).trim();
  const found = useLoaded((signal) => get("/datasets", { fields: "id,name,level", keywords, orderby: "update_time", page_size: most }, signal), [keywords]);
  const [isMany, tell] = useState(false);
  const rows = (found.data ?? none).filter(fits);
  useEffect(() => {
    if (keywords || !found.data) return;
    tell(found.data.length === most);
    if (takesOnly && rows.length === 1) set(new Map([[rows[0].id, rows[0]]]));
  }, [found.data]);
  const turn = (one) => set((old) => { const made = new Map(old); if (!made.delete(one.id)) made.set(one.id, one); return made; });
  const shown = new Set(rows.map((one) => one.id));
  const listed = [...[...chosen.values()].filter((one) => !shown.has(one.id)), ...rows];
  if (found.data && !listed.length && !isMany && !nothing) return null;
  // What is ticked is there from the start: a form that is sent early takes nothing away.
  return html`${isMany && html`<${Field} label=${t("dataset_choices.find")}><input type="search" value=${text} onInput=${(event) => find(event.target.value)} onKeyDown=${(event) => { if (event.key === "Enter") event.preventDefault(); }} /><//>`}
    <fieldset class="choices" aria-busy=${found.loading}><legend>${legend}</legend>
      ${listed.map((one) => html`<label class="choice" key=${one.id}><input type="checkbox" name=${`in-${one.id}`} checked=${chosen.has(one.id)} onChange=${() => turn(one)} /><span>${one.name}</span></label>`)}
      ${found.failure ? html`<${Trouble} failure=${found.failure} onRetry=${found.reload} />` : !found.data && html`<${Skeleton} rows=${2} />`}
      ${found.data && !listed.length && html`<p class="quiet">${isMany ? t("dataset_choices.none") : nothing}</p>`}
    </fieldset>`;
}
