// The page of a share: one assistant, for whoever has the link, by itself or in a frame.

import { Composer, Message, paced, useBottom, visible } from "../parts/messages.mjs";
import { Fragment, html, render, useEffect, useRef, useState } from "../core/html.mjs";
import { SourcePanel, cited } from "../parts/sources.mjs";
import { place, start } from "../core/start.mjs";
import { Icon } from "../core/icons.mjs";
import { Toasts } from "../core/toasts.mjs";
import { Trouble } from "../core/widgets.mjs";
import { asked } from "../parts/answers.mjs";
import { get } from "../core/api.mjs";
import { listenToKeys } from "../core/keys.mjs";
import { t } from "../core/words.mjs";

const { chat } = start;
const nothing = chat.opener ? [{ id: "", role: "assistant", content: chat.opener }] : [];
const sessionOf = () => new URLSearchParams(location.search).get("session") ?? "";

function keep(session) {
  history.replaceState(null, "", session ? `?${new URLSearchParams({ session })}` : location.pathname);
}

function Visitors() {
  const [said, say] = useState(nothing);
  const [live, setLive] = useState(null);
  const [failure, fail] = useState(null);
  const [again, askAgain] = useState(null);
  const [source, show] = useState(null);
  const running = useRef(null);
  const box = useRef(null);
  useBottom(said, live);

  // A frame of another site may not take the focus by itself: it comes when the widget gives it.
  useEffect(() => {
    if (parent !== window) addEventListener("focus", () => box.current?.focus(), { once: true });
  }, []);

  // A session of which nothing is kept any more begins anew.
  useEffect(() => {
    if (!sessionOf()) return;
    get(`/sessions/${sessionOf()}/messages`).then(say, () => keep(""));
  }, []);

  const send = async (question) => {
    const abort = new AbortController();
    running.current = abort;
    const made = { id: "", role: "assistant", content: "", thinking: "", reference: [] };
    const turn = () => [...said, { id: "", role: "user", content: question }, { ...made }];
    fail(null);
    show(null);
    setLive(turn());
    const draw = paced(() => setLive(turn()));
    try {
      await asked("/completions", { question, session_id: sessionOf() }, (data) => {
        keep(data.session_id);
        Object.assign(made, { id: data.id ?? made.id, content: visible(data.answer), reference: data.reference.chunks ?? [] });
        draw();
      }, abort.signal);
    } catch (found) {
      if (found.name !== "AbortError") { fail(found); askAgain(() => () => send(question)); }
    }
    draw.end();
    setLive(null);
    if (made.content) say(turn());
    running.current = null;
    box.current?.focus();
  };
  const begin = () => {
    running.current?.abort();
    keep("");
    say(nothing);
    fail(null);
    show(null);
  };

  const shown = live ?? said;
  const chosen = source && shown[source.index];
  const open = (index) => (number) => show({ index, place: number });
  return html`<${Fragment}>
    <header class="visitors-head row tight"><h1 class="clip grow">${chat.name}</h1>
      <button type="button" class="bare" aria-label=${t("visitors.new")} title=${t("visitors.new")} onClick=${begin}><${Icon} name="plus" /></button></header>
    <main tabindex="-1"><div class="page thread ${chosen ? "with-source" : ""}">
      <div class="said">
        <ol class="messages" aria-live="polite" aria-busy=${Boolean(live)}>${shown.map((message, index) => html`<${Message} key=${index} message=${message} isLive=${Boolean(live) && index === shown.length - 1}
          open=${open(index)} place=${source?.index === index ? source.place : null} />`)}</ol>
        ${failure && html`<${Trouble} failure=${failure} onRetry=${again} />`}
        <${Composer} box=${box} text="" isLive=${Boolean(live)} onSend=${send} onStop=${() => running.current?.abort()} />
      </div>
      ${chosen && html`<${SourcePanel} passages=${chosen.reference} places=${cited(chosen.content, chosen.reference)} place=${source.place} open=${open(source.index)} close=${() => show(null)} />`}
    </div></main>
    <${Toasts} />
  <//>`;
}

// In a widget Escape closes that, unless it has closed something here.
if (parent !== window) {
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) parent.postMessage("raglan-close", "*");
  });
}

listenToKeys();
render(html`<${Visitors} />`, place);
