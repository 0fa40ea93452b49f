"""Messages in channels, with their threads and reactions."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import reads_only
from api.http.channel_telling import answers_for, begin_answers, tell_message
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.openwebui.channel_message import (
    MessageRequest,
    MessagesQuery,
    PinnedQuery,
    PinRequest,
    ReactionRequest,
    ThreadQuery,
    present_data,
    present_messages,
    present_whole_message,
)
from api.schemas.openwebui.conversation import key_of
from api.schemas.openwebui.session import present_truth
from api.services.channels.messages import MessageService

MESSAGES = "/api/v1/channels/<channel_id>/messages"
MESSAGE = f"{MESSAGES}/<post_id>"

blueprint = Blueprint("channel_messages", __name__)


def kept() -> MessageService:
    """Return what keeps messages; raises NotAllowedError for who has no channels."""
    services().channels.channels.check_may(principal())
    return services().channels.messages


@blueprint.get(MESSAGES)
@reads_only
@signed_in_only
def list_page(channel_id: str) -> Response:
    """List messages outside threads, the newest first, 50 a page."""
    wanted = query_arguments(MessagesQuery)
    place = wanted.limit, wanted.skip, key_of(wanted.before)
    return success(present_messages(kept().page(principal(), key_of(channel_id), *place)))


@blueprint.get(f"{MESSAGES}/pinned")
@reads_only
@signed_in_only
def list_pinned(channel_id: str) -> Response:
    """List the pinned messages, the last pinned first, 20 a page."""
    page = query_arguments(PinnedQuery).page
    return success(present_messages(kept().pinned(principal(), key_of(channel_id), page)))


@blueprint.post(f"{MESSAGES}/post")
@signed_in_only
def post(channel_id: str) -> Response:
    """Post a message; the models that it calls answer it."""
    new = json_body(MessageRequest).message()
    making, keeping = answers_for(new.content), kept()
    services().stores.knowledge_files.check(principal(), new.file_ids)
    posted = keeping.post(principal(), key_of(channel_id), new)
    tell_message(posted, "message", {"temp_id": new.temp_id})
    if making is not None:
        begin_answers(posted, making)
    return success(present_whole_message(posted.message))


@blueprint.get(MESSAGE)
@reads_only
@signed_in_only
def show(channel_id: str, post_id: str) -> Response:
    """Show a message with all that it has."""
    found = kept().get(principal(), key_of(channel_id), key_of(post_id))
    return success(present_whole_message(found))


@blueprint.get(f"{MESSAGE}/data")
@reads_only
@signed_in_only
def show_data(channel_id: str, post_id: str) -> Response:
    """Show what a message has beside its text."""
    return success(present_data(kept().get(principal(), key_of(channel_id), key_of(post_id))))


@blueprint.get(f"{MESSAGE}/thread")
@reads_only
@signed_in_only
def list_thread(channel_id: str, post_id: str) -> Response:
    """List the replies of a thread, the newest first; what began it comes last."""
    wanted = query_arguments(ThreadQuery)
    place = wanted.limit, wanted.skip, key_of(wanted.around)
    found = kept().thread(principal(), key_of(channel_id), key_of(post_id), *place)
    return success(present_messages(found))


@blueprint.post(f"{MESSAGE}/update")
@signed_in_only
def change(channel_id: str, post_id: str) -> Response:
    """Change what a message says; who wrote it, or manages the channel."""
    new = json_body(MessageRequest).message()
    changed = kept().change(principal(), key_of(channel_id), key_of(post_id), new)
    tell_message(changed, "message:update")
    return success(present_whole_message(changed.message))


@blueprint.post(f"{MESSAGE}/pin")
@signed_in_only
def pin(channel_id: str, post_id: str) -> Response:
    """Pin a message, or no longer."""
    wanted = json_body(PinRequest).is_pinned
    changed = kept().pin(principal(), key_of(channel_id), key_of(post_id), pinned=wanted)
    tell_message(changed, "message:update")
    return success(present_whole_message(changed.message))


@blueprint.post(f"{MESSAGE}/reactions/add")
@signed_in_only
def react(channel_id: str, post_id: str) -> Response:
    """Answer a message with an emoji."""
    return reacted(channel_id, post_id, wanted=True)


@blueprint.post(f"{MESSAGE}/reactions/remove")
@signed_in_only
def react_no_more(channel_id: str, post_id: str) -> Response:
    """Take an emoji of one's own back."""
    return reacted(channel_id, post_id, wanted=False)


def reacted(channel_id: str, post_id: str, *, wanted: bool) -> Response:
    """Answer a message with an emoji, or take it back."""
    name = json_body(ReactionRequest).name
    changed = kept().react(principal(), key_of(channel_id), key_of(post_id), name, wanted=wanted)
    tell_message(changed, f"message:reaction:{'add' if wanted else 'remove'}", {"name": name})
    return success(present_truth(value=True))


@blueprint.delete(f"{MESSAGE}/delete")
@signed_in_only
def delete(channel_id: str, post_id: str) -> Response:
    """Delete a message with its thread; who wrote it, or manages the channel."""
    gone = kept().delete(principal(), key_of(channel_id), key_of(post_id))
    tell_message(gone, "message:delete")
    return success(present_truth(value=True))
