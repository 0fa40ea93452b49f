"""Conversations with assistants: what is said in them, and what people think of it."""

from flask import Blueprint, Response

from api.apps.door import bot_login_required, login_required, success
from api.errors import NotBuiltError
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.paging import followed
from api.http.requests import json_body, query_arguments
from api.http.streaming import event_stream
from api.schemas.answer import answer_frames, present_answer
from api.schemas.asking import (
    AskRequest,
    RelatedRequest,
    present_outline,
    present_questions,
)
from api.schemas.bots import present_picture
from api.schemas.console.conversation import (
    CompletionRequest,
    ConversationIds,
    ConversationQuery,
    ConversationRequest,
    ConversationsQuery,
    JudgementRequest,
    MessageRequest,
    present_conversation,
    present_list,
)
from api.services.chats.dialogues import whole
from api.services.chats.records import Reply

blueprint = Blueprint("conversation", __name__)


@blueprint.post("/set")
@login_required
def save() -> Response:
    """Begin a conversation, or rename the one that is named."""
    wanted = json_body(ConversationRequest)
    chats = services().chats
    if wanted.is_new:
        named = (wanted.dialog_id, wanted.title, "", wanted.conversation_id)
        saved = chats.sessions.create(principal(), *named)
    else:
        saved = chats.conversations.rename(principal(), wanted.conversation_id, wanted.title)
    return success(present_conversation(saved))


@blueprint.get("/get")
@reads_only
@login_required
def get() -> Response:
    """Show a conversation with what was said."""
    session_id = query_arguments(ConversationQuery).conversation_id
    found = services().chats.conversations.get(principal(), session_id)
    return success(present_conversation(found))


@blueprint.get("/list")
@reads_only
@login_required
def list_all() -> Response:
    """List the conversations with an assistant, the newest first."""
    query = query_arguments(ConversationsQuery)
    conversations = services().chats.conversations
    found = conversations.list_page(principal(), query.dialog_id, query.part())
    return followed(success(present_list(found, query)), query.next_after(found))


@blueprint.post("/rm")
@login_required
def rm() -> Response:
    """Delete conversations, all of them or none."""
    ids = json_body(ConversationIds).conversation_ids
    services().chats.conversations.delete(principal(), ids)
    return success(data=True)


@blueprint.post("/completion")
@login_required
def completion() -> Response:
    """Answer a question, as a stream unless the client wants it whole."""
    body = json_body(CompletionRequest)
    if body.stream:
        return event_stream(lambda: answer_frames(reply_to(body)))
    reply = reply_to(body)
    return success(present_answer(reply, whole(reply)))


def reply_to(body: CompletionRequest) -> Reply:
    """Return the answer of the assistant, or that of the model that is named instead."""
    dialogues = services().chats.dialogues
    if not body.llm_id:
        return dialogues.ask(principal(), body.wanted())
    asked = (body.conversation_id, body.compared(), body.messages[-1].id)
    return dialogues.compare(principal(), *asked)


@blueprint.post("/delete_msg")
@login_required
def delete_msg() -> Response:
    """Delete a question with its answer."""
    named = json_body(MessageRequest)
    conversations = services().chats.conversations
    left = conversations.forget(principal(), named.conversation_id, named.message_id)
    return success(present_conversation(left))


@blueprint.post("/thumbup")
@login_required
def thumbup() -> Response:
    """Keep what somebody thinks of an answer."""
    body = json_body(JudgementRequest)
    named = (body.conversation_id, body.message_id)
    found = services().chats.conversations.judge(principal(), *named, body.values())
    return success(present_conversation(found))


@blueprint.post("/related_questions")
@login_required
def related_questions() -> Response:
    """Suggest questions that go with a question."""
    wanted = json_body(RelatedRequest)
    related = services().chats.asking.related
    found = related(principal(), wanted.wanted(), wanted.industry)
    return success(present_questions(found))


@blueprint.post("/ask")
@login_required
def ask() -> Response:
    """Answer a question from datasets, as a stream; nothing is stored."""
    wanted = json_body(AskRequest).wanted()
    return event_stream(lambda: answer_frames(services().chats.asking.ask(principal(), wanted)))


@blueprint.post("/mindmap")
@login_required
def mindmap() -> Response:
    """Outline what datasets say about a question."""
    wanted = json_body(AskRequest).wanted()
    return success(present_outline(services().chats.asking.outline(principal(), wanted)))


@blueprint.get("/getsse/<chat_id>")
@reads_only
@bot_login_required
def getsse(chat_id: str) -> Response:
    """Show the picture of an assistant on a page that is shown to anybody."""
    return success(present_picture(services().chats.chats.get(principal(), chat_id)))


@blueprint.post("/tts")
@login_required
def refuse() -> Response:
    """Refuse to speak: there are no voices here."""
    raise NotBuiltError("Speech")
