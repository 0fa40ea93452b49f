"""What a model writes about conversations, and the settings of that."""

from flask import Blueprint, Response

from api.apps.openwebui.door import RELAYING, relayed_whole, signed_in_only, success
from api.http.authentication import operators_only
from api.http.choosing import choose
from api.http.context import principal, services
from api.http.requests import json_body
from api.http.streaming import event_stream
from api.schemas.openai.relay import relayed
from api.schemas.openwebui.panel_tasks import TasksRequest, present_tasks_config
from api.schemas.openwebui.writing import (
    MergingRequest,
    TypedRequest,
    WritingRequest,
    present_written_answer,
)
from api.services.webui.writing import Kind

blueprint = Blueprint("writing", __name__)


@blueprint.get("/api/v1/tasks/config")
@signed_in_only
def config() -> Response:
    """Show what models write about chats, and which model does."""
    return success(present_tasks_config(services().live.current))


@blueprint.post("/api/v1/tasks/config/update")
@signed_in_only
@operators_only
def change_config() -> Response:
    """Change what models write about chats: settings of `frontend`."""
    values = json_body(TasksRequest).values(services().live.current)
    return success(present_tasks_config(choose(values)))


@blueprint.post("/api/v1/tasks/title/completions")
@signed_in_only
def title() -> Response:
    """Write a title for a conversation."""
    return write(Kind.TITLE)


@blueprint.post("/api/v1/tasks/tags/completions")
@signed_in_only
def tags() -> Response:
    """Write tags for a conversation."""
    return write(Kind.TAGS)


@blueprint.post("/api/v1/tasks/follow_up/completions")
@signed_in_only
def follow_ups() -> Response:
    """Write questions that may follow in a conversation."""
    return write(Kind.FOLLOW_UPS)


@blueprint.post("/api/v1/tasks/queries/completions")
@signed_in_only
def search_queries() -> Response:
    """Write queries for what a conversation asks."""
    return write(Kind.QUERIES)


@blueprint.post("/api/v1/tasks/emoji/completions")
@signed_in_only
def emoji() -> Response:
    """Find an emoji for a message."""
    return write(Kind.EMOJI)


@blueprint.post("/api/v1/tasks/image_prompt/completions")
@signed_in_only
def image_prompt() -> Response:
    """Write a prompt for the picture that a conversation asks for."""
    return write(Kind.IMAGE_PROMPT)


@blueprint.post("/api/v1/tasks/auto/completions")
@signed_in_only
def complete_typed() -> Response:
    """Write what may come next of what somebody types, where that is switched on."""
    given, writing = json_body(TypedRequest), services().webui.writing
    written = writing.complete(principal(), given.model, given.before(), given.typed())
    return success(present_written_answer(given.model, written))


@blueprint.post("/api/v1/tasks/moa/completions")
@signed_in_only
def merge() -> Response:
    """Make one answer of several, whole or as a stream."""
    given, merging = json_body(MergingRequest), services().webui.merging
    asker = principal()
    model = services().webui.arena.chosen(asker, given.model)
    asked = merging.conversation(asker, model, given.prompt, given.responses)
    if given.stream:
        return event_stream(lambda: relayed(merging.events(asker, asked)), RELAYING)
    return relayed_whole(merging.whole(asker, asked))


def write(kind: Kind) -> Response:
    """Answer with what a model writes about a conversation."""
    given = json_body(WritingRequest)
    written = services().webui.writing.write(principal(), kind, given.model, given.said())
    return success(present_written_answer(given.model, written))
