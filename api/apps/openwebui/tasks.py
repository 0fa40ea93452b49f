"""Answers that are being made: listed and stopped, whichever process makes them."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.context import principal, services
from api.schemas.openwebui.conversation import key_of
from api.schemas.openwebui.task import present_all_tasks, present_stopped, present_tasks

blueprint = Blueprint("tasks", __name__)


@blueprint.get("/api/tasks")
@signed_in_only
def list_all() -> Response:
    """List the answers that are being made for the asker, in chats and in channels."""
    return success(present_all_tasks(services().channels.tasks.of_person(principal())))


@blueprint.post("/api/tasks/stop/<task_id>")
@signed_in_only
def stop_one(task_id: str) -> Response:
    """Stop an answer by its id; what there is of it stays."""
    services().channels.tasks.stop_one(principal(), task_id)
    return success(present_stopped(1))


@blueprint.get("/api/tasks/chat/<conversation_id>")
@signed_in_only
def list_tasks(conversation_id: str) -> Response:
    """List the answers that are being made for the asker in a chat, or in a channel."""
    return success(
        present_tasks(services().channels.tasks.of_chat(principal(), key_of(conversation_id)))
    )


@blueprint.post("/api/tasks/chat/<conversation_id>/stop")
@signed_in_only
def stop(conversation_id: str) -> Response:
    """Stop these answers; what there is of them stays."""
    stopped = services().channels.tasks.stop(principal(), key_of(conversation_id))
    return success(present_stopped(stopped))
