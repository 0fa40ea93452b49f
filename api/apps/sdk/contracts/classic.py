"""The classic contract, of RAGFlow v0.22 and before."""

from flask import Response, request

from api.apps.sdk.contracts.dialect import Dialect
from api.apps.sdk.words import TALLIES, WORDS
from api.http.context import principal, services
from api.http.door import as_sent
from api.http.paging import follow
from api.http.responses import CHAT, enveloped, refusal
from api.http.words import Told
from api.schemas.failures import present_both, present_failure
from api.schemas.sdk.assistant import ChatAnswer, present_chat
from api.schemas.sdk.chat import ChatQuery, ChatRequest
from api.schemas.sdk.completion import answer_events
from api.schemas.sdk.dataset import present_dataset

OPENAI = ("/api/v1/chats_openai/", "/api/v1/openai/")
"""Where OpenAI's clients ask."""


def failed(what: Told) -> Response:
    """Answer an error in the envelope, and beside it in the form that OpenAI's clients read."""
    if not request.path.startswith(OPENAI):
        return refusal(what)
    inner = present_failure(what.status, what.code, what.message)
    return enveloped(present_both(what.code, what.message, inner, what.data), what.status)


def list_chats(query: ChatQuery) -> list[ChatAnswer]:
    """List assistants; none of the given id or name is an error."""
    found = services().chats.chats.list_page(principal(), query.wanted(), query.part())
    follow(query.next_after(found))
    return query.chosen([present_chat(chat) for chat in found])


def put_chat(chat_id: str, body: ChatRequest) -> None:
    """Change what is given of an assistant."""
    services().chats.chats.update(principal(), chat_id, body.change())


def present_none() -> list[str]:
    """Return the agents, which are none."""
    return []


CLASSIC = Dialect(
    words=WORDS,
    tallies=TALLIES,
    error=failed,
    stream=CHAT,
    reads=as_sent,
    counts=False,
    shows_changes=False,
    list_chats=list_chats,
    put_chat=put_chat,
    present_chat=present_chat,
    present_dataset=present_dataset,
    answer_events=answer_events,
    present_agents=present_none,
)
