// Talking with an assistant: its sessions, the answers as they are made, and what they cite.

import { Composer, Message, collector, paced, useBottom } from "../parts/messages.mjs";
import { Form, Head, Menu, Skeleton, Trouble } from "../core/widgets.mjs";
import { SourcePanel, cited } from "../parts/sources.mjs";
import { Dialog, confirmed } from "../core/dialogs.mjs";
import { ask, go, to } from "../core/router.mjs";
import { complain, toast } from "../core/toasts.mjs";
import { get, patch, post, put, remove } from "../core/api.mjs";
import { html, useEffect, useRef, useState } from "../core/html.mjs";
import { useCommands, useKeys } from "../core/keys.mjs";
import { Icon } from "../core/icons.mjs";
import { asked } from "../parts/answers.mjs";
import { t } from "../core/words.mjs";
import { useLoaded } from "../core/loading.mjs";
import { useTitle } from "../core/title.mjs";

const longest = 60;

export function Page({ params, query }) {
  const path = `/chats/${params.chat}`;
  const chat = useLoaded((signal) => get(path, {}, signal), [path]);
  const sessions = useLoaded((signal) => get(`${path}/sessions`, { fields: "id,name,update_time", orderby: "update_time", page_size: 100 }, signal), [path]);
  useTitle(chat.data?.name ?? t("conversation.title"));
  const start = () => go(to("conversation", params));
  useKeys([{ key: "c", label: t("conversation.new"), run: start }]);
  const level = chat.data?.level;
  const mayChange = level !== "read";
  useCommands([
    { label: t("conversation.new"), icon: "plus", run: start },
    ...(mayChange ? [{ label: t("conversation.settings"), icon: "settings", run: () => go(to("assistant", params)) }] : []),
  ], [params.chat, mayChange]);
  const failure = chat.failure ?? sessions.failure;
  return html`
    <${Head} title=${chat.data?.name ?? t("conversation.title")} trail=${[[t("conversation.all"), to("chat")]]}>
      <a class="button" href=${to("conversation", params)}><${Icon} name="plus" size="16" />${t("conversation.new")}</a>
      ${!level && html`<a class="button" href=${to("shares", params)}><${Icon} name="globe" size="16" />${t("conversation.share")}</a>`}
      ${mayChange && html`<a class="button" href=${to("assistant", params)}><${Icon} name="settings" size="16" />${t("conversation.settings")}</a>`}
    <//>
    ${failure && html`<${Trouble} failure=${failure} onRetry=${() => { chat.reload(); sessions.reload(); }} />`}
    ${!chat.data && !failure && html`<${Skeleton} />`}
    ${chat.data && html`<div class="talk">
      <${Sessions} list=${sessions} params=${params} chosen=${query.session} />
      <${Thread} chat=${chat.data} session=${query.session ?? ""} onNew=${sessions.reload} />
    </div>`}
  `;
}

function Sessions({ list, params, chosen }) {
  const found = list.data ?? [];
  const [naming, name] = useState(null);
  const erase = async (one) => {
    if (!(await confirmed({ title: t("conversation.delete_title", { name: one.name }), text: t("conversation.delete_text"), action: t("conversation.delete") }))) return;
    try {
      await remove(`/chats/${params.chat}/sessions`, { ids: [one.id] });
      if (one.id === chosen) await go(to("conversation", params));
      list.reload();
    } catch (failure) {
      complain(failure);
    }
  };
  const rename = async (values) => {
    await patch(`/chats/${params.chat}/sessions/${naming.id}`, { name: values.name });
    name(null);
    list.reload();
  };
  return html`<nav class="sessions" aria-label=${t("conversation.sessions")}>
    ${found.length > 0 && html`<h2 class="small quiet">${t("conversation.sessions")}</h2>`}
    <ul>${found.map((one) => html`<li key=${one.id} class="row tight"><a class="clip grow" href=${to("conversation", params, { session: one.id })} aria-current=${one.id === chosen ? "page" : undefined}>${one.name}</a>
      <${Menu} label=${t("conversation.more", { name: one.name })} items=${[
    { icon: "edit", label: t("conversation.rename"), run: () => name(one) },
    { icon: "trash", label: t("conversation.delete"), kind: "danger", run: () => erase(one) },
  ]} /></li>`)}</ul>
    ${naming && html`<${Dialog} title=${t("conversation.rename")} onClose=${() => name(null)}>
      <${Form} onSubmit=${rename} onCancel=${() => name(null)} action=${t("conversation.save")}><input name="name" required maxlength="255" aria-label=${t("conversation.name")} autofocus defaultValue=${naming.name} /><//><//>`}
  </nav>`;
}

function Thread({ chat, session, onNew }) {
  const path = `/chats/${chat.id}`;
  const opener = { id: "", role: "assistant", content: chat.prompt.opener };
  const [said, say] = useState(session ? null : [opener]);
  const [failure, fail] = useState(null);
  const [live, setLive] = useState(null);
  const [again, askAgain] = useState(null);
  const [source, show] = useState(null);
  const [editing, edit] = useState(null);
  const [judging, judge] = useState(null);
  const running = useRef(null);
  const mine = useRef(session);
  const box = useRef(null);

  const load = async (signal) => {
    try {
      say(await get(`${path}/sessions/${session}/messages`, {}, signal));
      fail(null);
    } catch (found) {
      if (found.name !== "AbortError") fail(found);
    }
  };
  // A session that was begun here is known already.
  useEffect(() => {
    if (session && session === mine.current && said) return undefined;
    mine.current = session;
    running.current?.abort();
    show(null);
    edit(null);
    if (!session) { say([opener]); return undefined; }
    say(null);
    const leaving = new AbortController();
    load(leaving.signal);
    return () => leaving.abort();
  }, [session]);
  useEffect(() => () => running.current?.abort(), []);
  useBottom(said, live);

  const begin = async (question) => {
    if (mine.current) return mine.current;
    const made = await post(`${path}/sessions`, { name: question.replace(/\s+/g, " ").slice(0, longest) });
    mine.current = made.id;
    ask({ session: made.id }, { replace: true });
    onNew();
    return made.id;
  };

  // What is asked again is replaced, with all that was said since.
  const forget = async (key, from) => {
    const after = said.slice(said.indexOf(from)).filter((one) => one.role === "user");
    for (const one of after.reverse()) await remove(`${path}/sessions/${key}/messages/${one.id}`);
  };

  const send = async (question, from = null) => {
    const abort = new AbortController();
    running.current = abort;
    const before = from ? said.slice(0, said.indexOf(from)) : said;
    const made = { id: "", role: "assistant", content: "", thinking: "", reference: [], thumbup: null, feedback: "" };
    const turn = () => [...before, { id: made.id, role: "user", content: question }, { ...made }];
    fail(null);
    askAgain(null);
    edit(null);
    show(null);
    setLive(turn());
    const draw = paced(() => setLive(turn()));
    try {
      const key = await begin(question);
      if (from) await forget(key, from);
      const take = collector(made);
      await asked(`${path}/completions`, { question, session_id: key, stream: true, legacy: false }, (data) => {
        made.id = data.id ?? made.id;
        take(data);
        draw();
      }, abort.signal);
    } catch (found) {
      if (found.name !== "AbortError") { fail(found); askAgain(() => () => send(question)); }
    }
    draw.end();
    setLive(null);
    say(made.content ? turn() : [...before, { id: made.id, role: "user", content: question }]);
    running.current = null;
    box.current?.focus();
  };

  const stop = () => running.current?.abort();
  useKeys([{ key: "/", label: t("conversation.write"), run: () => box.current?.focus() }]);
  const rate = async (message, thumbup, feedback = "") => {
    await put(`${path}/sessions/${mine.current}/messages/${message.id}/feedback`, thumbup === null ? {} : { thumbup, feedback });
    say(said.map((one) => (one.id === message.id && one.role === "assistant" ? { ...one, thumbup, feedback } : one)));
    if (thumbup !== null) toast(t("conversation.thanks"));
  };
  const thumb = (message, up) => {
    if (message.thumbup === up) rate(message, null).catch(complain);
    else if (up) rate(message, true).catch(complain);
    else judge(message);
  };

  const shown = live ?? said;
  const open = (message) => (place) => show({ message: message.id, place });
  const chosen = source && shown?.find((one) => one.role === "assistant" && one.id === source.message);
  return html`<section class="thread ${chosen ? "with-source" : ""}" aria-label=${t("conversation.messages")}>
    <div class="said">
      ${shown === null && !failure && html`<${Skeleton} rows=${3} />`}
      <ol class="messages" aria-live="polite" aria-busy=${Boolean(live)}>
        ${(shown ?? []).map((message, index) => html`<${Message} key=${index} message=${message} isLive=${Boolean(live) && index === shown.length - 1}
          open=${open(message)} place=${chosen === message ? source.place : null} canChange=${!live}
          onEdit=${() => edit(message)} onAgain=${() => send(shown[index - 1].content, said[index - 1])} onThumb=${(up) => thumb(message, up)} />`)}
      </ol>
      ${failure && html`<${Trouble} failure=${failure} onRetry=${again ?? (said ? null : () => load())} />`}
      <${Composer} key=${editing?.id ?? "new"} box=${box} text=${editing?.content ?? ""} isEdit=${Boolean(editing)} isLive=${Boolean(live)} disabled=${said === null}
        onSend=${(text) => send(text, editing)} onStop=${stop} onCancel=${() => edit(null)} />
    </div>
    ${chosen && html`<${SourcePanel} passages=${chosen.reference} places=${cited(chosen.content, chosen.reference)} place=${source.place} open=${open(chosen)} close=${() => show(null)} />`}
    ${judging && html`<${Reason} onClose=${() => judge(null)} onDone=${async (text) => { await rate(judging, false, text); judge(null); }} />`}
  </section>`;
}

function Reason({ onClose, onDone }) {
  return html`<${Dialog} title=${t("conversation.why")} onClose=${onClose}>
    <${Form} onSubmit=${(values) => onDone(values.reason)} onCancel=${onClose} action=${t("conversation.report")}>
      <textarea name="reason" rows="4" maxlength="1024" aria-label=${t("conversation.why")} placeholder=${t("conversation.why_hint")} autofocus></textarea>
    <//>
  <//>`;
}
