"""What Open WebUI's clients send beside a conversation, which no model is told."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from api.errors import ArgumentError, NotBuiltError
from api.schemas.base import NullFreeRequest
from api.schemas.openwebui.conversation import dashed, identity_of, key_of, message_of
from api.schemas.openwebui.tool_use import ToolIds
from api.schemas.openwebui.variables import MOST_VARIABLES, Variables, fills_in
from api.schemas.openwebui.writing import MOST, Item, SpokenRequest
from api.services.chats.answering import filled
from api.services.chats.values import Inquiry
from api.services.stores.references import unbuilt_among
from api.services.webui.records import (
    IN_CHANNEL,
    NO_WAY,
    Asked,
    Begun,
    Grounds,
    TreeMessage,
    Wanted,
    is_temporary,
)
from api.services.webui.writing import Kind

TEMPORARY = ("local:", "temporary:")
"""What ids of chats begin with of which nothing is kept; the id of a socket follows."""

LONGEST_TEMPORARY = 32
LONGEST_TYPE = 64

FOR_US = frozenset(
    {
        *("params", "files", "tool_ids", "tool_servers", "filter_ids", "features", "variables"),
        *("chat_variables", "model_item", "session_id", "chat_id", "folder_id", "id"),
        *("message_ids", "parent_id", "user_message", "background_tasks"),
    }
)
"""What is between the client and the server."""

PARAMETERS = (
    *("temperature", "top_p", "max_tokens", "seed", "stop", "frequency_penalty"),
    *("presence_penalty", "reasoning_effort"),
)
"""What of `params` a model is told; `system` becomes the first message."""

AFTER = {
    "title_generation": Kind.TITLE,
    "follow_up_generation": Kind.FOLLOW_UPS,
    "tags_generation": Kind.TAGS,
}
"""What of `background_tasks` is written after the first answer that is asked for, in this order."""
MOST_FILES = 1000

IN_CHANNELS = "A completion for a channel (a message there calls models: `<@M:ID|NAME>`)"

UNBUILT = {"tool_servers": "Tool servers of a browser (`tool_servers`)"}


def check_built(given: Mapping[str, object]) -> None:
    """Raise NotBuiltError for what no answer can take into account."""
    if str(given.get("chat_id") or "").startswith(IN_CHANNEL):
        raise NotBuiltError(IN_CHANNELS)
    for field, what in UNBUILT.items():
        if given.get(field):
            raise NotBuiltError(what)
    asked = given.get("user_message")
    for holder in (given, asked if isinstance(asked, Mapping) else {}):
        files = holder.get("files") or []
        if isinstance(files, list) and (kind := unbuilt_among(files)):
            raise NotBuiltError(f"In `files`: {kind}")


def remembers(features: object) -> bool:
    """Return whether the model is to be told what the asker wants remembered."""
    return isinstance(features, Mapping) and features.get("memory") is True


def draws(features: object) -> bool:
    """Return whether the answer is to have a picture."""
    return isinstance(features, Mapping) and features.get("image_generation") is True


def searches(features: object) -> bool:
    """Return whether the web is to be searched for the answer."""
    return isinstance(features, Mapping) and features.get("web_search") is True


def speaks(features: object) -> bool:
    """Return whether the answer is to be read out."""
    return isinstance(features, Mapping) and features.get("voice") is True


class FilesRequest(NullFreeRequest):
    """The files and knowledge bases that a question is to be answered from."""

    files: list[Item] = Field([], max_length=MOST_FILES)


def sources_told(grounds: Grounds | None) -> dict[str, object]:
    """Return what an answer rests on, by its field; nothing where it was given no files."""
    return {"sources": list(grounds.sources)} if grounds else {}


def sourced_events(
    grounds: Grounds | None, events: Iterator[Mapping[str, object]]
) -> Iterator[Mapping[str, object]]:
    """Yield what an answer rests on, then its events.

    The first of these is waited for before: what fails until then fails as a whole.
    """
    with closing(events):  # type: ignore[type-var]  # a generator, as all streams are
        first = next(events, None)
        if grounds:
            yield sources_told(grounds)
        if first is not None:
            yield first
        yield from events


def conversation_of(given: Mapping[str, object], fills: Mapping[str, str]) -> dict[str, object]:
    """Return a conversation as OpenAI has it; raises ArgumentError.

    `fills` has what stands for variables in what `params` tell of the model's part.
    """
    if given.get("user_message") and not given.get("messages"):
        raise ArgumentError("session_id: give it with `user_message`, or give `messages` instead.")
    told = {key: value for key, value in given.items() if key not in FOR_US}
    params = given.get("params") or {}
    if isinstance(params, dict) and isinstance(params.get("system"), str):
        params = {**params, "system": filled(params["system"], fills)}
    return {**told, **parameters(params, told)}


def parameters(params: object, told: Mapping[str, object]) -> dict[str, object]:
    """Return how a model is to answer, and the conversation with what the system says of it."""
    if not isinstance(params, dict):
        raise ArgumentError("params: give an object.")
    found = {name: params[name] for name in PARAMETERS if params.get(name) is not None}
    messages = told.get("messages")
    if params.get("system") and isinstance(messages, list):
        found["messages"] = [{"role": "system", "content": params["system"]}, *messages]
    return found


class PlaceRequest(NullFreeRequest):
    """Where an answer goes, and which model makes it."""

    model_id: str = Field(min_length=1, max_length=255)
    message_id: str = Field(min_length=1, max_length=64)


class QuestionRequest(NullFreeRequest):
    """A question within a chat, and the ids that its client gives to the answers."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "model": "guide",
                    "session_id": "x",
                    "id": "a",
                    "user_message": {"id": "q", "role": "user", "content": "When?"},
                }
            ]
        }
    )

    model: str = Field(min_length=1, max_length=255)
    session_id: str = Field(max_length=64)
    chat_id: str = Field("", max_length=64)
    id: str = Field("", max_length=64)
    message_ids: list[PlaceRequest] = Field([], max_length=16)
    parent_id: str = Field("", max_length=64)
    user_message: dict[str, object] = Field({}, max_length=64)
    params: dict[str, object] = Field({}, max_length=64)
    folder_id: str = Field("", max_length=64)
    background_tasks: dict[str, object] = Field({}, max_length=64)
    features: dict[str, object] = Field({}, max_length=64)
    variables: dict[str, object] = Field({}, max_length=MOST_VARIABLES)
    chat_variables: Variables = Field({})
    messages: list[SpokenRequest] = Field([], max_length=MOST)
    files: list[Item] = Field([], max_length=MOST_FILES)
    tool_ids: ToolIds = Field([])
    filter_ids: ToolIds = Field([])

    def way(self) -> dict[str, object]:
        """Return how an assistant is to answer, as `AnswerOptions` have it."""
        return {"model": self.model, **parameters({**self.params, "system": ""}, {})}

    def asked(self, way: Inquiry = NO_WAY) -> Asked:
        """Return what is asked, and the `way` in which assistants answer it.

        Raises NotBuiltError, and ArgumentError, which names the field.
        """
        if is_temporary(self.chat_id) and not self.chat_id.startswith(TEMPORARY):
            raise ArgumentError("chat_id: name a chat, or begin with `temporary:`.")
        if is_temporary(self.chat_id) and len(self.chat_id) > LONGEST_TEMPORARY:
            raise ArgumentError("chat_id: the id of a socket is too long.")
        question = self.question()
        ids = [identity_of("message_ids", place.message_id) for place in self.places()]
        ids += [question.message_id] if question else []
        if len(set(ids)) < len(ids):
            raise ArgumentError("message_ids: each message has an id of its own.")
        told = parameters({**self.params, "system": ""}, {})
        after = tuple(kind for name, kind in AFTER.items() if self.background_tasks.get(name))
        fills = fills_in(self.variables, self.chat_variables)
        wanted = tuple(
            Wanted(
                place.model_id,
                place.message_id,
                parameters=told,
                after=() if others else after,
                remembers=remembers(self.features),
                way=replace(way, fills=fills),
                tool_ids=tuple(self.tool_ids),
                filter_ids=tuple(self.filter_ids),
                session_id=self.session_id,
                draws=draws(self.features) and not others,
                searches=searches(self.features),
                speaks=speaks(self.features),
            )
            for others, place in enumerate(self.places())
        )
        folder_id = key_of(self.folder_id)
        return Asked(
            key_of(self.chat_id),
            question,
            wanted,
            self.system(),
            folder_id,
            tuple(self.files),
            goes_on=not self.message_ids,
            messages=self.spoken() if is_temporary(self.chat_id) else (),
            fills=fills,
            variables=self.chat_variables,
            pictures=self.pictures() if is_temporary(self.chat_id) else (),
        )

    def system(self) -> str:
        """Return what models are told before all: in `params`, or else in `messages`.

        Clients say it in both; what is said in a temporary chat is told as it stands there.
        """
        told = [one.said()["content"] for one in self.messages if one.role == "system"]
        given = str(self.params.get("system") or "")
        if is_temporary(self.chat_id):
            return "" if given in told else given
        return given or "\n\n".join(filter(str.strip, told))

    def spoken(self) -> tuple[Mapping[str, str], ...]:
        """Return what is said in a chat that is not kept; raises NotBuiltError."""
        for kind in (kind for one in self.messages for kind in one.unread()):
            raise NotBuiltError(f"In `messages`, parts of the type {kind[:LONGEST_TYPE]}")
        return tuple(one.said() for one in self.messages)

    def pictures(self) -> tuple[tuple[str, ...], ...]:
        """Return the pictures of what is asked in such a chat, the last message first."""
        asked = (one for one in reversed(self.messages) if one.role == "user")
        return tuple(one.pictures() for one in asked if one.said()["content"].strip())

    def places(self) -> list[PlaceRequest]:
        """Return where answers go; raises ArgumentError for none."""
        if self.message_ids:
            return self.message_ids
        if not self.id:
            raise ArgumentError("id: give the id of the answer, or several in `message_ids`.")
        return [PlaceRequest(model_id=self.model, message_id=self.id)]

    def question(self) -> TreeMessage | None:
        """Return the question, if it is sent."""
        if not self.user_message:
            return None
        given = {"role": "user", **self.user_message}
        found = message_of(str(given.get("id", "")), given)
        return found._replace(parent_id=identity_of("parent_id", self.parent_id))


class BegunAnswer(TypedDict):
    """The answers that are being made, and in which chat."""

    status: bool
    chat_id: str
    task_id: str
    task_ids: list[str]


def is_of_a_chat(given: Mapping[str, object]) -> bool:
    """Return whether a client waits for events instead of an answer."""
    return bool(given.get("session_id") and (given.get("chat_id") or given.get("user_message")))


def present_begun(begun: Begun) -> BegunAnswer:
    """Return the answers that are being made."""
    ids = [task.id for task, _ in begun.tasks]
    return {"status": True, "chat_id": dashed(begun.chat_id), "task_id": ids[0], "task_ids": ids}
