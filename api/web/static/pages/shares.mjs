// The shares of an assistant: a link, and a widget for sites, each with an end and a switch.

import { Action, Command, Empty, Field, Form, Head, Menu, Skeleton, Trouble } from "../core/widgets.mjs";
import { Dialog, confirmed } from "../core/dialogs.mjs";
import { get, patch, post, remove } from "../core/api.mjs";
import { html, useState } from "../core/html.mjs";
import { useCommands, useKeys } from "../core/keys.mjs";
import { Icon } from "../core/icons.mjs";
import { complain } from "../core/toasts.mjs";
import { moment } from "../core/format.mjs";
import { t } from "../core/words.mjs";
import { here } from "../core/start.mjs";
import { to } from "../core/router.mjs";
import { useLoaded } from "../core/loading.mjs";
import { useTitle } from "../core/title.mjs";

const day = 86400000;
const ends = [7, 30, 90, 365];

async function read(path, signal) {
  const [chat, shares] = await Promise.all([get(path, {}, signal), get(`${path}/shares`, {}, signal)]);
  return { chat, shares };
}

export function Page({ params }) {
  const path = `/chats/${params.chat}`;
  const found = useLoaded((signal) => read(path, signal), [path]);
  const [form, edit] = useState(null);
  useTitle(t("shares.title"));
  const create = () => edit({ name: "", origins: [], questions_per_hour: 60, expires_time: 0 });
  useKeys([{ key: "a", label: t("shares.create"), run: create }]);
  useCommands([{ label: t("shares.create"), icon: "plus", run: create }]);
  const { chat, shares = [] } = found.data ?? {};
  const save = async (values) => {
    await (form.id ? patch(`${path}/shares/${form.id}`, values) : post(`${path}/shares`, values));
    edit(null);
    found.reload();
  };
  const button = html`<button class="button primary" type="button" onClick=${create}><${Icon} name="plus" size="16" />${t("shares.create")}</button>`;
  return html`
    <${Head} title=${t("shares.title")} trail=${[[t("shares.all"), to("chat")], [chat?.name ?? "…", to("conversation", params)]]}>${shares.length > 0 && button}<//>
    ${found.failure && html`<${Trouble} failure=${found.failure} onRetry=${found.reload} />`}
    ${!found.data && !found.failure && html`<${Skeleton} />`}
    ${found.data && !shares.length && html`<${Empty} icon="globe" title=${t("shares.empty_title")} text=${t("shares.empty_text")}
      command=${`curl -s ${here()}/api/v1/chats/${params.chat}/shares -H "Authorization: Bearer KEY" -H "Content-Type: application/json" -d '{"name": "website"}'`}>${button}<//>`}
    ${shares.map((one) => html`<${Share} key=${one.id} share=${one} path=${path} onEdit=${() => edit(one)} onDone=${found.reload} />`)}
    ${form && html`<${Editor} share=${form} onClose=${() => edit(null)} onSave=${save} />`}
  `;
}

function Share({ share, path, onEdit, onDone }) {
  const address = here() + share.path;
  const isOver = share.expires_time > 0 && share.expires_time <= Date.now();
  const state = !share.is_on ? "off" : isOver ? "over" : "on";
  const turn = async () => { await patch(`${path}/shares/${share.id}`, { is_on: !share.is_on }); onDone(); };
  const erase = async () => {
    if (!(await confirmed({ title: t("shares.delete_title", { name: share.name }), text: t("shares.delete_text"), action: t("shares.delete") }))) return;
    try { await remove(`${path}/shares/${share.id}`); onDone(); } catch (failure) { complain(failure); }
  };
  const snippet = `<script src="${here()}/share/widget.js" data-share="${share.token}" async></script>`;
  return html`<article class="card padded stack tight" aria-label=${share.name}>
    <header class="row"><h2>${share.name}</h2><span class="chip ${{ on: "good", over: "warn", off: "" }[state]}">${t(`shares.is_${state}`)}</span><span class="grow"></span>
      <${Action} kind="small" run=${turn}>${t(share.is_on ? "shares.turn_off" : "shares.turn_on")}<//>
      <${Menu} label=${t("shares.more", { name: share.name })} items=${[
    { icon: "edit", label: t("shares.edit"), run: onEdit },
    { icon: "trash", label: t("shares.delete"), kind: "danger", run: erase },
  ]} /></header>
    <p class="small quiet">${[t("shares.rate", { count: share.questions_per_hour }), share.expires_time ? t("shares.ends", { time: moment(share.expires_time) }) : t("shares.never")].join(" · ")}</p>
    <${Command} text=${address} label=${t("shares.link")} /><p><a href=${address} target="_blank" rel="noopener">${t("shares.open")}</a></p>
    ${share.origins.length > 0 ? html`<${Command} text=${snippet} label=${t("shares.widget", { origins: share.origins.join(", ") })} />` : html`<p class="small quiet">${t("shares.no_origins")}</p>`}
  </article>`;
}

function Editor({ share, onClose, onSave }) {
  const save = (values) => onSave({
    name: values.name,
    origins: values.origins.split(/[\s,]+/).filter(Boolean),
    questions_per_hour: Number(values.rate),
    expires_time: values.end === "kept" ? share.expires_time : Number(values.end) && Date.now() + Number(values.end) * day,
  });
  return html`<${Dialog} title=${t(share.id ? "shares.edit" : "shares.create")} onClose=${onClose}>
    <${Form} onSubmit=${save} onCancel=${onClose} action=${t("shares.save")}>
      <${Field} label=${t("shares.name")} hint=${t("shares.name_hint")}><input name="name" required maxlength="255" autocomplete="off" autofocus defaultValue=${share.name} /><//>
      <${Field} label=${t("shares.origins")} hint=${t("shares.origins_hint")}><textarea name="origins" rows="3" spellcheck=${false} placeholder=${t("shares.origins_example")} defaultValue=${share.origins.join("\n")}></textarea><//>
      <div class="columns">
        <${Field} label=${t("shares.hourly")}><input name="rate" type="number" min="1" max="100000" required defaultValue=${share.questions_per_hour} /><//>
        <${Field} label=${t("shares.end")}><select name="end">${share.expires_time > 0 && html`<option value="kept">${moment(share.expires_time)}</option>`}<option value="0">${t("shares.never")}</option>
          ${ends.map((days) => html`<option key=${days} value=${days}>${t("shares.days", { count: days })}</option>`)}</select><//>
      </div>
    <//>
  <//>`;
}
