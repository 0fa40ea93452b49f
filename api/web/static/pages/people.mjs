// The people of the server: who they are, what they may do, and inviting others.

import { Command, Field, Form, Head, Menu, Skeleton, Trouble } from "../core/widgets.mjs";
import { Dialog, confirmed } from "../core/dialogs.mjs";
import { ago, moment } from "../core/format.mjs";
import { complain, toast } from "../core/toasts.mjs";
import { get, patch, post, remove } from "../core/api.mjs";
import { html, useRef, useState } from "../core/html.mjs";
import { useCommands, useKeys } from "../core/keys.mjs";
import { Icon } from "../core/icons.mjs";
import { Table } from "../core/list.mjs";
import { ask, to } from "../core/router.mjs";
import { t } from "../core/words.mjs";
import { useLoaded, useSettled } from "../core/loading.mjs";
import { useTitle } from "../core/title.mjs";

const roles = ["administrator", "user", "pending"];
const size = 100;

export function Page({ query }) {
  useTitle(t("people.title"));
  const keywords = useSettled(query.q ?? "");
  const page = Number(query.page ?? 1);
  const found = useLoaded((signal) => get("/users", { keywords, page, page_size: size }, signal), [keywords, page]);
  const [open, show] = useState(null);
  const find = useRef(null);
  const add = () => show({ adding: true });
  useKeys([{ key: "/", label: t("people.find"), run: () => find.current?.focus() }, { key: "a", label: t("people.add"), run: add }]);
  useCommands([{ label: t("people.add"), icon: "plus", run: add }]);
  const close = () => show(null);
  const done = () => { close(); found.reload(); };
  const { users = [], total = 0 } = found.data ?? {};
  const turn = (to) => ask({ page: to > 1 ? to : "" });
  return html`
    <${Head} title=${t("people.title")}>
      <label class="find"><${Icon} name="search" size="16" /><input ref=${find} type="search" aria-label=${t("people.find")} placeholder=${t("people.find")} value=${query.q ?? ""} onInput=${(event) => ask({ q: event.target.value, page: "" }, { replace: true })} /></label>
      ${found.data && html`<a class="button" href=${to("audit")}>${t("people.audit")}</a>
        <button type="button" class="button" onClick=${() => show({ inviting: true })}>${t("people.invite")}</button>
        <button type="button" class="button primary" onClick=${add}><${Icon} name="plus" size="16" />${t("people.add")}</button>`}
    <//>
    ${found.failure && html`<${Trouble} failure=${found.failure} onRetry=${found.reload} />`}
    ${!found.data && !found.failure && html`<${Skeleton} />`}
    ${users.length > 0 && html`<${Table} rows=${users} total=${total} columns=${columns(found.reload, show)} label=${t("people.title")} />`}
    ${found.data && users.length === 0 && html`<p class="quiet center">${t("people.none")}</p>`}
    ${total > size && html`<div class="row center">
      <button type="button" class="button" disabled=${page <= 1} onClick=${() => turn(page - 1)}>${t("people.previous")}</button>
      <button type="button" class="button" disabled=${page * size >= total} onClick=${() => turn(page + 1)}>${t("people.next")}</button></div>`}
    ${open?.adding && html`<${Addition} onClose=${close} onDone=${done} />`}
    ${open?.inviting && html`<${Invitation} onClose=${close} />`}
    ${open?.groups && html`<${Groups} row=${open.groups} onClose=${close} />`}
    ${open?.reset && html`<${Reset} row=${open.reset} onClose=${close} onDone=${done} />`}
  `;
}

function columns(reload, show) {
  const change = (row, body, said) => async () => {
    try { await patch(`/users/${row.id}`, body); toast(said); reload(); } catch (failure) { complain(failure); }
  };
  const actions = (row) => [
    row.role === "pending" && { icon: "check", label: t("people.approve"), run: change(row, { role: "user" }, t("people.changed")) },
    ...roles.filter((one) => one !== row.role && one !== "pending").map((one) => ({ icon: "people", label: t(`people.make_${one}`), run: change(row, { role: one }, t("people.changed")) })),
    { icon: "people", label: t("people.groups"), run: () => show({ groups: row }) },
    { icon: "keys", label: t("people.reset"), run: () => show({ reset: row }) },
    { icon: "exit", label: t("people.end_sessions"), run: () => end(row) },
    row.role !== "pending" && (row.is_active
      ? { icon: "stop", label: t("people.deactivate"), run: change(row, { is_active: false }, t("people.changed")) }
      : { icon: "play", label: t("people.activate"), run: change(row, { is_active: true }, t("people.changed")) }),
    { icon: "trash", label: t("people.delete"), kind: "danger", run: () => erase(row, reload) },
  ];
  return [
    { name: "name", label: t("people.name"), class: "main", cell: (row) => html`<span class="row-link">${row.nickname}</span><small class="quiet clip">${row.email}</small>` },
    { name: "role", label: t("people.role"), class: "state", cell: (row) => html`<span class="chip ${row.role === "administrator" ? "busy" : row.role === "pending" ? "warn" : ""}">${t(`people.is_${row.role}`)}</span>${!row.is_active && row.role !== "pending" && html` <span class="chip bad">${t("people.shut_out")}</span>`}` },
    { name: "seen", label: t("people.seen"), class: "wide-only", cell: (row) => (row.last_login_time ? html`<span class="quiet" title=${moment(row.last_login_time)}>${ago(row.last_login_time)}</span>` : html`<span class="quiet">${t("people.never")}</span>`) },
    { name: "actions", label: "", class: "actions", cell: (row) => html`<${Menu} label=${t("people.more", { name: row.email })} items=${actions(row)} />` },
  ];
}

const Roles = ({ given }) => html`<select name="role">${given.map((one) => html`<option key=${one} value=${one} selected=${one === "user"}>${t(`people.is_${one}`)}</option>`)}</select>`;

function Addition({ onClose, onDone }) {
  const save = async ({ email, nickname, password, role }) => {
    await post("/users", { email, password, role, ...(nickname.trim() ? { nickname } : {}) });
    toast(t("people.added"));
    onDone();
  };
  return html`<${Dialog} title=${t("people.add")} onClose=${onClose}>
    <${Form} onSubmit=${save} action=${t("people.create")} onCancel=${onClose}>
      <${Field} label=${t("people.email")}><input name="email" type="email" required maxlength="255" autocomplete="off" /><//>
      <${Field} label=${t("people.name")}><input name="nickname" maxlength="100" autocomplete="off" /><//>
      <${Field} label=${t("people.password")}><input name="password" type="password" required maxlength="4096" autocomplete="new-password" /><//>
      <${Field} label=${t("people.role")}><${Roles} given=${roles} /><//>
    <//>
  <//>`;
}

// The groups of the server, those ticked that a person is in.
function Groups({ row, onClose }) {
  const all = useLoaded((signal) => get("/groups", { page_size: 1000 }, signal), []);
  const own = useLoaded((signal) => get(`/users/${row.id}/groups`, { page_size: 1000 }, signal), []);
  const inside = new Set((own.data?.groups ?? []).map((one) => one.id));
  const turn = async (group, enters) => {
    try { await (enters ? post : remove)(`/groups/${group.id}/members`, { user_ids: [row.id] }); own.reload(); } catch (failure) { complain(failure); }
  };
  const add = async ({ name }) => {
    await post("/groups", { name, user_ids: [row.id] });
    all.reload();
    own.reload();
  };
  const [renamed, rename] = useState("");
  const change = async ({ name }) => { await patch(`/groups/${renamed}`, { name }); rename(""); all.reload(); };
  const failure = all.failure ?? own.failure;
  return html`<${Dialog} title=${t("people.groups_of", { name: row.email })} onClose=${onClose}>
    ${failure && html`<${Trouble} failure=${failure} onRetry=${() => { all.reload(); own.reload(); }} />`}
    ${all.data && own.data && html`<fieldset class="choices"><legend>${t("people.groups")}</legend>
      ${all.data.groups.map((one) => html`<div class="row tight" key=${one.id}><label class="choice grow"><input type="checkbox" checked=${inside.has(one.id)} onChange=${(event) => turn(one, event.target.checked)} /><span>${one.name}</span></label>
        <${Menu} label=${t("people.more_of_group", { name: one.name })} items=${[{ icon: "edit", label: t("people.rename_group"), run: () => rename(one.id) }, { icon: "trash", label: t("people.delete_group"), kind: "danger", run: () => dissolve(one, all.reload) }]} /></div>`)}
      ${all.data.total === 0 && html`<p class="quiet">${t("people.no_groups")}</p>`}</fieldset>
      ${renamed && html`<${Form} key=${renamed} onSubmit=${change} action=${t("people.rename_group")} onCancel=${() => rename("")}>
        <${Field} label=${t("people.other_name")}><input name="name" required maxlength="255" autocomplete="off" autofocus defaultValue=${all.data.groups.find((one) => one.id === renamed)?.name} /><//>
      <//>`}
      <${Form} key=${all.data.total} onSubmit=${add} action=${t("people.new_group")} onCancel=${onClose}>
        <${Field} label=${t("people.group_name")}><input name="name" required maxlength="255" autocomplete="off" /><//>
      <//>`}
  <//>`;
}

async function dissolve(group, reload) {
  const ok = await confirmed({ title: t("people.delete_group_title", { name: group.name }), text: t("people.delete_group_text", { count: group.member_count }), action: t("people.delete_group") });
  if (!ok) return;
  try { await remove(`/groups/${group.id}`); reload(); } catch (failure) { complain(failure); }
}

function Reset({ row, onClose, onDone }) {
  const save = async ({ password }) => {
    await patch(`/users/${row.id}`, { password });
    toast(t("people.was_reset"));
    onDone();
  };
  return html`<${Dialog} title=${t("people.reset_title", { name: row.email })} onClose=${onClose}>
    <${Form} onSubmit=${save} action=${t("people.reset")} onCancel=${onClose}>
      <${Field} label=${t("people.password")} hint=${t("people.reset_hint")}><input name="password" type="password" required maxlength="4096" autocomplete="new-password" /><//>
    <//>
  <//>`;
}

// Makes an invitation, whose code is shown this once, and lists those that are open.
function Invitation({ onClose }) {
  const open = useLoaded((signal) => get("/invitations", {}, signal), []);
  const [made, tell] = useState(null);
  const save = async ({ email, role, days }) => {
    tell(await post("/invitations", { email, role, days: Number(days) }));
    open.reload();
  };
  const withdraw = async (one) => {
    try { await remove(`/invitations/${one.id}`); open.reload(); } catch (failure) { complain(failure); }
  };
  return html`<${Dialog} title=${t("people.invite")} onClose=${onClose} wide>
    <${Form} onSubmit=${save} action=${t("people.invite_now")} onCancel=${onClose}>
      <${Field} label=${t("people.email")} hint=${t("people.anybody")}><input name="email" type="email" maxlength="255" autocomplete="off" /><//>
      <div class="columns">
        <${Field} label=${t("people.role")}><${Roles} given=${roles} /><//>
        <${Field} label=${t("people.days")}><input name="days" type="number" required min="1" max="365" defaultValue="7" /><//>
      </div>
    <//>
    ${made && html`<p>${t("people.code_once")}</p><${Command} text=${made.code} label=${t("people.code")} />`}
    ${open.data?.map((one) => html`<div class="row" key=${one.id}><span class="grow">${one.email || t("people.whoever")} <span class="quiet">${t(`people.is_${one.role}`)}, ${moment(one.expires_time)}</span></span>
      <button type="button" class="button small" onClick=${() => withdraw(one)}>${t("people.withdraw")}</button></div>`)}
  <//>`;
}

async function end(row) {
  try {
    await remove(`/users/${row.id}/sessions`);
    toast(t("people.ended"));
  } catch (failure) {
    complain(failure);
  }
}

async function erase(row, reload) {
  const ok = await confirmed({ title: t("people.delete_title", { name: row.email }), text: t("people.delete_text"), action: t("people.delete") });
  if (!ok) return;
  try {
    await remove(`/users/${row.id}`);
    reload();
  } catch (failure) {
    complain(failure);
  }
}
