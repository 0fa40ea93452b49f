"""Answers as they are made: what they rest on, who makes them, and the code that changes them."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial

from api.errors import RuleError
from api.services.accounts.records import Principal
from api.services.chats.exchanges import ExchangeService
from api.services.models.relays import RelayService
from api.services.plugins.filtering import INLET, OUTLET, Ask, Body, Filters, texts
from api.services.plugins.opening import NOWHERE, Place
from api.services.plugins.piping import collected
from api.services.tools.build import ToolServices
from api.services.tools.calling import Whole
from api.services.tools.chat import deltas
from api.services.tools.records import Use
from api.services.tools.toolbox import Toolbox
from api.services.webui.grounding import GroundingService, Wished, with_remarks
from api.services.webui.helpers import by_settings, pieces, with_sources
from api.services.webui.media import MediaServices
from api.services.webui.memories import MemoryService
from api.services.webui.model_records import Helper
from api.services.webui.picturing import pictured
from api.services.webui.records import Grounds, Replaced, Wanted
from api.services.webui.searching_web import NOT_SEARCHED, searched
from api.services.webui.seeing import UNSEEN, SeeingService
from api.services.webui.templates import TemplateService
from api.services.webui.turns import asked_last, both, with_context
from api.services.webui.workspace import WorkspaceService
from rag.llm.base import Delta
from rag.types import Message, Role

ROLES = ("user", "assistant", "system")

AROUND = frozenset(
    {
        *("model", "messages", "stream", "stream_options", "metadata", "chat_id", "session_id"),
        *("id", "user", "files", "features", "tool_ids", "filter_ids", "variables"),
    }
)
"""What of a body that code has changed is no parameter of a model."""

GO_ON = (
    "You have begun to answer the last question; the reader has what follows. Go on from where it"
    " ends, and do not repeat it.\n\n{}"
)
"""What an assistant is told of an answer that goes on: its model gets a prompt with passages."""


class MakingService:
    """Makes answers: by assistants, by models of providers, or by pipes."""

    def __init__(
        self,
        workspace: WorkspaceService,
        exchanges: ExchangeService,
        relays: RelayService,
        grounding: GroundingService,
        memories: MemoryService,
        tools: ToolServices,
        media: MediaServices,
        templates: TemplateService,
    ) -> None:
        """Initialize with the parts."""
        self.workspace = workspace
        self.exchanges = exchanges
        self.relays = relays
        self.grounding = grounding
        self.memories = memories
        self.tools = tools
        self.pictures = media.pictures
        self.web_search = media.web_search
        self.templates = templates
        self.seeing = SeeingService(media.pictures, tools.models.embedding.execution)

    def pieces(self, asker: Principal, wanted: Wanted, place: Place) -> Generator[Delta | Grounds]:
        """Yield what an answer rests on, then the answer; closing this ends the call to the model.

        Without files and knowledge bases it rests on nothing. Tools are asked for before, and
        filters see what is asked first of all.
        """
        helper = self.workspace.find(asker, wanted.model)
        place = replace(place, messages=wanted.messages)
        of_model = helper.filter_ids if helper else ()
        filtering = self.tools.plugins.filters.opened(asker, wanted.filter_ids, of_model, place)
        opened = self.tools.servers.opened(asker, wanted.tool_ids, place)
        with opened as toolbox, filtering as filters:
            asked = inlet(filters, wanted)
            if asked.model != wanted.model:
                helper = self.workspace.find(asker, asked.model)
            made = self.answered(asker, asked, helper, toolbox, filters, place)
            yield from outlet(filters, asked, place, made)

    def answered(
        self,
        asker: Principal,
        wanted: Wanted,
        helper: Helper | None,
        toolbox: Toolbox | None,
        filters: Filters,
        place: Place,
    ) -> Generator[Delta | Grounds]:
        """Yield what an answer rests on, then the answer, for which a model may use tools."""
        context = self.beside(asker, wanted, place)
        wished = [Wished(asker, wanted.references)]
        if helper is not None:
            wished.append(Wished(helper.reader, helper.references))
        queries = self.grounding.querying.about(asker, wanted.model, wanted.messages)
        pages, problem = NOT_SEARCHED
        if wanted.searches:
            pages, problem = searched(self.web_search, asker, queries, place.hear)
        context = both(context, problem)
        given = self.grounding.ground(queries, wished, pages)
        context = both(context, given.context if given else "")
        given = with_remarks(given, toolbox.remarks if toolbox else ())
        if helper is not None:
            given = with_remarks(given, (UNSEEN,) if any(wanted.pictures) else ())
            if toolbox or filters.streams:
                way = replace(wanted.way, models=self.tools.equipped(toolbox, filters))
                wanted = replace(wanted, way=way)
            yield from self.by_assistant(asker, helper, wanted, given, context)
            return
        messages, unseen = self.seeing.shown(asker, wanted.messages, wanted.pictures)
        given = with_remarks(given, unseen)
        if given:
            yield given
        conversation = {
            **self.workspace.parameters(),
            **wanted.parameters,
            "model": wanted.model,
            "messages": with_context(messages, context),
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        ask = filters.through(self.asking(asker, wanted.model, place))
        with closing(self.tools.calling.events(ask, conversation, toolbox)) as events:
            yield from deltas(events)

    def beside(self, asker: Principal, wanted: Wanted, place: Place) -> str:
        """Return what a model is told beside what is searched for."""
        context, question = "", asked_last(wanted.messages)
        if wanted.draws:
            context = pictured(self.pictures, asker, question, place.hear)
        if wanted.speaks:
            context = both(context, self.templates.spoken(asker, question))
        if wanted.remembers:
            context = both(context, self.memories.recalled(asker, question))
        return context

    def whole_way(self, conversation: Body) -> dict[str, object]:
        """Return a conversation with how all models answer, where it says nothing else."""
        return {**self.workspace.parameters(), **conversation}

    def asking(self, asker: Principal, model: str, place: Place = NOWHERE) -> Ask:
        """Return what asks a model of a provider, or a pipe."""
        pipes = self.tools.plugins.pipes
        row = pipes.find(asker, model)
        if row is not None:
            return partial(pipes.events, row, asker, place)
        return partial(self.relays.events, asker, model)

    def asking_whole(self, asker: Principal, model: str) -> Whole:
        """Return what asks a model of a provider, or a pipe, for a whole answer."""
        pipes = self.tools.plugins.pipes
        row = pipes.find(asker, model)
        if row is None:
            return partial(self.relays.complete, asker, model)
        return lambda conversation: collected(pipes.events(row, asker, NOWHERE, conversation))

    def by_assistant(
        self, asker: Principal, helper: Helper, wanted: Wanted, given: Grounds | None, context: str
    ) -> Generator[Delta | Grounds]:
        """Yield what an assistant answers, to whose prompt system messages are added."""
        said_before = [one for one in wanted.messages if one["role"] != "system"]
        rules = [one["content"] for one in wanted.messages if one["role"] == "system"]
        if wanted.begun:
            rules.append(GO_ON.format(said_before.pop()["content"]))
        *before, last = said_before
        history = tuple(Message(Role(one["role"]), one["content"]) for one in before)
        inquiry = replace(
            wanted.way,
            question=last["content"],
            history=history,
            instructions="\n\n".join(filter(None, (*rules, context))),
        )
        answering = self.exchanges.opened(asker, helper.chat_id, by_settings(helper, inquiry))
        grounds, parts = with_sources(answering, self.exchanges.parts(answering), given)
        if grounds:
            yield grounds
        yield from pieces(parts)

    def relayed(
        self,
        asker: Principal,
        chosen: Sequence[str],
        conversation: Body,
        toolbox: Toolbox | None,
    ) -> Generator[Body | Use]:
        """Yield the events of an answer that is in no chat, and the uses of tools in it."""
        with self.tools.plugins.filters.opened(asker, chosen, (), NOWHERE) as filters:
            ask = filters.through(self.asking(asker, str(conversation["model"])))
            yield from self.tools.calling.events(ask, conversation, toolbox)

    def entered(
        self, asker: Principal, helper: Helper | None, chosen: Sequence[str], body: Body
    ) -> Body:
        """Return a conversation that is no chat as filters let it in."""
        return self.changed(INLET, asker, helper, chosen, body, NOWHERE)

    def left(self, asker: Principal, chosen: Sequence[str], body: Body, place: Place) -> Body:
        """Return a conversation with its answer as filters let it out."""
        helper = self.workspace.find(asker, place.model)
        return self.changed(OUTLET, asker, helper, chosen, body, place)

    def changed(
        self,
        stage: str,
        asker: Principal,
        helper: Helper | None,
        chosen: Sequence[str],
        body: Body,
        place: Place,
    ) -> Body:
        """Return a conversation after a stage of the filters of a model."""
        of_model = helper.filter_ids if helper else ()
        filters = self.tools.plugins.filters
        with filters.opened(asker, chosen, of_model, place) as opened:
            return opened.changed(stage, body)


def inlet(filters: Filters, wanted: Wanted) -> Wanted:
    """Return what is asked after filters have seen it; raises RuleError where nothing is left."""
    if not filters.of(INLET):
        return wanted
    body = filters.changed(INLET, body_of(wanted, wanted.messages))
    told = [one for one in texts(body["messages"]) if one["role"] in ROLES and one["content"]]
    messages = tuple(told) if wanted.begun and told else checked(told)
    parameters = {name: value for name, value in body.items() if name not in AROUND}
    model = str(body.get("model") or wanted.model)
    return replace(wanted, model=model, messages=messages, parameters=parameters)


def outlet(
    filters: Filters, wanted: Wanted, place: Place, made: Iterator[Delta | Grounds]
) -> Generator[Delta | Grounds]:
    """Yield an answer, and another text for it where filters have one in the end."""
    said = [wanted.begun]
    with closing(made):  # type: ignore[type-var]  # a generator, as all streams are
        for piece in made:
            if isinstance(piece, Delta):
                said.append(piece.content)
            yield piece
    if not filters.of(OUTLET):
        return
    text = "".join(said)
    answer = {"id": wanted.message_id, "role": "assistant", "content": text}
    body = {
        **body_of(wanted, (*wanted.messages, answer)),
        "chat_id": place.chat_id,
        "session_id": place.session_id,
        "id": wanted.message_id,
    }
    changed = texts(filters.changed(OUTLET, body)["messages"])
    if changed and changed[-1]["role"] == "assistant" and changed[-1]["content"] != text:
        yield Delta(aside=Replaced(changed[-1]["content"]))


def body_of(wanted: Wanted, messages: Sequence[Mapping[str, object]]) -> Body:
    """Return what is asked as code sees it."""
    told = [dict(one) for one in messages]
    return {**wanted.parameters, "model": wanted.model, "messages": told, "stream": True}


def checked(messages: Sequence[Mapping[str, str]]) -> tuple[Mapping[str, str], ...]:
    """Return what a model is told; raises RuleError where nothing is asked."""
    if not messages or messages[-1]["role"] != "user" or not messages[-1]["content"].strip():
        raise RuleError("user_message: there is no question to answer.")
    return tuple(messages)
