"""The later contract, of RAGFlow v0.26 and after."""

from dataclasses import replace
from http import HTTPStatus

from flask import Response, request

from api.apps.sdk.contracts.classic import failed
from api.apps.sdk.contracts.dialect import Dialect
from api.apps.sdk.contracts.reading import read
from api.apps.sdk.contracts.rest_words import TALLIES, WORDS
from api.http.context import principal, services
from api.http.paging import follow
from api.http.responses import CHAT, enveloped
from api.http.words import Told, shortened
from api.schemas.failures import present_lost
from api.schemas.listing import names_in
from api.schemas.sdk.chat import ChatQuery, ChatRequest
from api.schemas.sdk.rest.agent import present_no_agents
from api.schemas.sdk.rest.chat import Chat, ChatList, present_chat, present_chats
from api.schemas.sdk.rest.completion import delta_events
from api.schemas.sdk.rest.dataset import present_dataset

STREAM = replace(CHAT, end=b'data:{"code":0,"message":"","data":true}\n\n')


def failed_or_lost(what: Told) -> Response:
    """Answer an error; where there is no such address, with it and a key `error` beside."""
    if what.status != HTTPStatus.NOT_FOUND or request.url_rule is not None:
        return failed(what)
    message = shortened(f"Not Found: {request.path}")
    return enveloped(present_lost(what.code, message), what.status)


def list_chats(query: ChatQuery) -> ChatList:
    """List assistants, with how many there are on all pages."""
    query.check_fields(names_in(Chat))
    found = services().chats.chats.list_counted(principal(), query.wanted(), query.part())
    shown = present_chats(found)
    shown["chats"] = query.chosen(shown["chats"])
    follow(query.next_after(found.chats))
    return shown


def put_chat(chat_id: str, body: ChatRequest) -> Chat:
    """Overwrite an assistant, which has the defaults of a new one where nothing is given."""
    return present_chat(services().chats.chats.overwrite(principal(), chat_id, body.wanted()))


REST = Dialect(
    words=WORDS,
    tallies=TALLIES,
    error=failed_or_lost,
    stream=STREAM,
    reads=read,
    counts=True,
    shows_changes=True,
    list_chats=list_chats,
    put_chat=put_chat,
    present_chat=present_chat,
    present_dataset=present_dataset,
    answer_events=delta_events,
    present_agents=present_no_agents,
)
