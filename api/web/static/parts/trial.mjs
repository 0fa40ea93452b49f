// A question to an assistant as the form beside it has it; nothing of it is kept.

import { Composer, Message, collector, paced } from "./messages.mjs";
import { html, useEffect, useRef, useState } from "../core/html.mjs";
import { SourcePanel, cited } from "./sources.mjs";
import { Trouble } from "../core/widgets.mjs";
import { asked } from "./answers.mjs";
import { t } from "../core/words.mjs";

// `settings()` tells what the form says now, as a change of the assistant takes it.
export function Trial({ chat, settings }) {
  const [said, say] = useState([]);
  const [failure, fail] = useState(null);
  const [isLive, live] = useState(false);
  const [source, show] = useState(null);
  const running = useRef(null);
  const box = useRef(null);
  useEffect(() => () => running.current?.abort(), []);
  const send = async (question) => {
    const abort = new AbortController();
    running.current = abort;
    const made = { id: "", role: "assistant", content: "", thinking: "", reference: [] };
    const turn = () => say([{ role: "user", content: question }, { ...made }]);
    const draw = paced(turn);
    const take = collector(made);
    fail(null);
    show(null);
    live(true);
    turn();
    try {
      await asked(`/chats/${chat}/try`, { ...settings(), question }, (data) => {
        take(data);
        draw();
      }, abort.signal);
    } catch (found) {
      if (found.name !== "AbortError") fail(found);
    }
    draw.end();
    turn();
    live(false);
  };
  const answer = said[1];
  return html`<aside class="card padded stack tight live-cut" aria-label=${t("trial.title")}>
    <h2>${t("trial.title")}</h2>
    <p class="small quiet">${t("trial.hint")}</p>
    <ol class="messages" aria-live="polite" aria-busy=${isLive}>${said.map((message, index) => html`<${Message} key=${index} message=${message} isLive=${isLive && index === 1} open=${show} place=${source} canChange=${false} />`)}</ol>
    ${failure && html`<${Trouble} failure=${failure} onRetry=${() => send(said[0].content)} />`}
    ${source !== null && html`<${SourcePanel} passages=${answer.reference} places=${cited(answer.content, answer.reference)} place=${source} open=${show} close=${() => show(null)} />`}
    <${Composer} box=${box} text="" isLive=${isLive} onSend=${send} onStop=${() => running.current?.abort()} />
  </aside>`;
}
