"""Chat completions as OpenAI has them, by assistants and by models of providers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import NamedTuple

from flask import Blueprint, Response

from api.apps.openwebui.door import RELAYING, relayed_whole, signed_in_only, success
from api.errors import NotConfiguredError, RuleError
from api.http.chat_telling import tell_messages
from api.http.context import principal, services
from api.http.links import public_url
from api.http.process import web_process
from api.http.requests import json_body, json_object
from api.http.streaming import event_stream
from api.schemas.openai.chat import (
    AnswerOptions,
    ChatCompletionRequest,
    Form,
    completion_events,
    present_completion,
)
from api.schemas.openai.relay import ModelNamed, RelayRequest, relayed
from api.schemas.openwebui.completion import (
    FilesRequest,
    QuestionRequest,
    check_built,
    conversation_of,
    is_of_a_chat,
    present_begun,
    remembers,
    searches,
    sourced_events,
    sources_told,
    speaks,
)
from api.schemas.openwebui.tool_use import (
    ToolsRequest,
    parted,
    sources_in,
    tool_ids_of,
    used_events,
    uses_told,
    with_uses,
)
from api.schemas.openwebui.variables import VariablesSent, fills_in
from api.services.chats.answering import read_whole
from api.services.chats.records import AnswerRecord, Parts
from api.services.plugins.opening import unheard
from api.services.stores.knowledge_records import Gathered
from api.services.stores.references import Reference, references_of
from api.services.tools.records import Use
from api.services.tools.toolbox import Toolbox
from api.services.webui.grounding import Wished, together
from api.services.webui.helpers import by_settings, with_sources
from api.services.webui.model_records import Helper
from api.services.webui.querying import Queries
from api.services.webui.records import Grounds, Turn
from api.services.webui.searching_web import NOT_SEARCHED, searched
from api.services.webui.turns import asked_last, both, with_context
from api.services.webui.variables import of_person
from rag.llm.base import Json

Lent = Callable[[], AbstractContextManager[Toolbox | None]]
"""Lends the tools that are named; raises RuleError where some of these cannot be had."""


class Asides(NamedTuple):
    """What a model is to be told beside what is asked: what is remembered, of the web, of voice."""

    remembers: bool
    searches: bool
    speaks: bool


blueprint = Blueprint("completions", __name__)


@signed_in_only
def complete() -> Response:
    """Answer a conversation, whole or as a stream, or a question within a chat by events."""
    sent = json_object()
    check_built(sent)
    can_tell = web_process().answers is not None
    if is_of_a_chat(sent) and (can_tell or not sent.get("messages")):
        return begin(sent)
    of_chat = json_body(VariablesSent, sent).chat_variables
    fills = {**own_variables(), **fills_in(sent.get("variables"), of_chat)}
    given = conversation_of(sent, fills)
    named = json_body(ModelNamed, given).model
    given = {**given, "model": services().webui.arena.chosen(principal(), named)}
    references = references_of(json_body(FilesRequest, {"files": sent.get("files") or []}).files)
    helper = services().webui.workspace.find(principal(), json_body(ModelNamed, given).model)
    features = sent.get("features")
    asides = Asides(remembers(features), searches(features), speaks(features))
    chosen = json_body(ToolsRequest, sent)
    tool_ids = tool_ids_of(given, chosen)
    making = services().webui.making
    given = dict(making.entered(principal(), helper, chosen.filter_ids, given))
    if helper is None:
        return relay(given, references, tool_ids, chosen.filter_ids, asides)
    return answer(helper, fills, given, references, tool_ids, asides)


def own_variables() -> dict[str, str]:
    """Return what stands for variables of the asker in what models are told."""
    return of_person(services().webui.presence.of(principal().user_id).variables)


def begin(sent: Mapping[str, object]) -> Response:
    """Begin to answer a question within a chat; its client hears of the answer by its socket."""
    body, answers = json_body(QuestionRequest, sent), web_process().answers
    asked = body.asked(json_body(AnswerOptions, body.way()).inquiry(""))
    if answers is None:
        raise NotConfiguredError("Chats are answered by events where `frontend.dir` is set.")
    asked = services().webui.arena.asked(principal(), asked)
    begun = services().webui.tasks.ask(principal(), asked)
    if any(wanted.in_company for _, wanted in begun.tasks):
        tell_messages(services().webui.conversations.get(principal(), begun.chat_id))
    for task, wanted in begun.tasks:
        answers.begin(principal(), task, wanted)
    return success(present_begun(begun))


def known(
    references: Sequence[Reference],
    model: str,
    messages: Sequence[Turn],
    asides: Asides,
    helper: Helper | None = None,
) -> tuple[Grounds | None, str]:
    """Return what a conversation rests on, if on anything, and what a model is told beside it."""
    webui, asker = services().webui, principal()
    question = asked_last(messages)
    told = webui.templates.spoken(asker, question) if asides.speaks else ""
    told = both(told, webui.memories.recalled(asker, question) if asides.remembers else "")
    queries = webui.grounding.querying.about(asker, model, messages)
    pages, problem = NOT_SEARCHED
    if asides.searches:
        pages, problem = searched(webui.media.web_search, asker, queries, unheard)
    found = [*gathered(references, queries, helper), *pages]
    grounds = webui.grounding.grounds(together(found), queries.told) if found else None
    return grounds, both(both(told, problem), grounds.context if grounds else "")


def gathered(
    references: Sequence[Reference], queries: Queries, helper: Helper | None
) -> list[Gathered]:
    """Return what references say to a question, those of the asker and those of a model.

    Raises RuleError where one of the asker's says nothing.
    """
    gather = services().webui.grounding.gather
    found = [gather(Wished(principal(), references), queries)] if references else []
    if found and found[0].remarks:
        raise RuleError(" ".join(found[0].remarks))
    if helper and helper.references:
        found.append(gather(Wished(helper.reader, helper.references), queries))
    return found


def answer(
    helper: Helper,
    fills: Mapping[str, str],
    given: Mapping[str, object],
    references: Sequence[Reference],
    tool_ids: Sequence[str],
    asides: Asides,
) -> Response:
    """Answer by an assistant."""
    body = json_body(ChatCompletionRequest, given)
    wanted = body.wanted()
    messages = [{"role": one.role, "content": one.text} for one in body.messages]
    model = json_body(ModelNamed, given).model
    grounds, context = known(references, model, messages, asides, helper)
    instructions = both(wanted.instructions, context)
    wanted = by_settings(helper, replace(wanted, instructions=instructions, fills=fills))
    form = body.form(f"chatcmpl-{helper.chat_id}", public_url())
    asker, exchanges = principal(), services().chats.exchanges
    tools = services().webui.tools

    def begun(toolbox: Toolbox | None) -> tuple[Grounds | None, Parts]:
        way = replace(wanted, models=tools.equipped(toolbox)) if toolbox else wanted
        answering = exchanges.opened(asker, helper.chat_id, way)
        return with_sources(answering, exchanges.parts(answering), grounds)

    def lent() -> AbstractContextManager[Toolbox | None]:
        return tools.servers.lent(asker, tool_ids)

    if body.stream:
        return event_stream(lambda: answer_events(form, lent, begun), RELAYING)
    uses: list[Use] = []
    with lent() as toolbox:
        found, parts = begun(toolbox)
        whole = present_completion(form, read_whole(parted(parts, uses), AnswerRecord))
    return with_all_sources(whole, found, uses)


def answer_events(
    form: Form, lent: Lent, begun: Callable[[Toolbox | None], tuple[Grounds | None, Parts]]
) -> Iterator[Mapping[str, object]]:
    """Yield what an assistant's answer rests on, and its events, for which tools are lent."""
    uses: list[Use] = []
    with lent() as toolbox:
        found, parts = begun(toolbox)
        events = completion_events(form, parted(parts, uses))
        yield from with_uses(sourced_events(found, events), uses)


def relay(
    given: Mapping[str, object],
    references: Sequence[Reference],
    tool_ids: Sequence[str],
    filter_ids: Sequence[str],
    asides: Asides,
) -> Response:
    """Hand the conversation to a model of a provider or a pipe, and its answer back."""
    body, making = json_body(RelayRequest, given), services().webui.making
    grounds, context = known(references, body.model, body.messages, asides)
    messages = with_context(body.messages, context)
    asker, tools = principal(), services().webui.tools
    conversation = making.whole_way({**given, "messages": messages})

    def lent() -> AbstractContextManager[Toolbox | None]:
        return tools.servers.lent(asker, tool_ids)

    def begun(toolbox: Toolbox | None) -> Iterator[Json | Use]:
        return making.relayed(asker, filter_ids, conversation, toolbox)

    if body.stream:
        return event_stream(lambda: relayed_events(grounds, lent, begun), RELAYING)
    with lent() as toolbox:
        ask = making.asking_whole(asker, body.model)
        whole, uses = tools.calling.whole(ask, conversation, toolbox)
    return with_all_sources(whole, grounds, uses)


def relayed_events(
    grounds: Grounds | None, lent: Lent, begun: Callable[[Toolbox | None], Iterator[Json | Use]]
) -> Iterator[Mapping[str, object]]:
    """Yield what a model's answer rests on, and its events, for which tools are lent."""
    with lent() as toolbox:
        yield from sourced_events(grounds, relayed(used_events(begun(toolbox))))


def with_all_sources(
    whole: Mapping[str, object], grounds: Grounds | None, uses: Sequence[Use]
) -> Response:
    """Answer with what a model said, and what that rests on: files first, then tools."""
    sources = [*sources_in(sources_told(grounds)), *sources_in(uses_told(uses))]
    return relayed_whole({**whole, "sources": sources} if grounds or uses else whole)


PATHS = (
    *("/api/chat/completions", "/api/v1/chat/completions"),
    *("/openai/chat/completions", "/openai/v1/chat/completions"),
)
"""Where clients ask."""

for path in PATHS:
    blueprint.add_url_rule(path, view_func=complete, methods=["POST"])
