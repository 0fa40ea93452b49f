"""Functions that clients ask for beside answers: filters of what was said, and actions."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import operators_only
from api.http.context import principal, services
from api.http.hearing import Hearing
from api.http.process import web_process
from api.http.requests import json_body
from api.schemas.openwebui.chat_function import (
    ActionRequest,
    CompletedRequest,
    present_completed,
    present_no_pipelines,
    present_result,
)
from api.schemas.openwebui.conversation import key_of
from api.services.plugins.opening import Place

blueprint = Blueprint("chat_functions", __name__)


def place_of(body: CompletedRequest) -> Place:
    """Return where something is asked for, and who hears of it."""
    answers, chat_id = web_process().answers, key_of(body.chat_id)
    events = services().webui.message_events
    hearing = Hearing(events, answers.tells if answers else None, principal(), chat_id, body.id)
    ids = (body.chat_id, body.id, body.session_id)
    return Place(*ids, body.model, body.messages, hearing.hear)


@blueprint.post("/api/chat/completed")
@signed_in_only
def complete() -> Response:
    """Answer with what was said as filters let it out, which changes nothing that is kept."""
    body, making = json_body(CompletedRequest), services().webui.making
    found = making.left(principal(), body.filter_ids, body.whole(), place_of(body))
    return success(present_completed(found))


@blueprint.post("/api/chat/actions/<action_id>")
@signed_in_only
def act(action_id: str) -> Response:
    """Start an action below an answer; its events are told to the asker."""
    body, actions = json_body(ActionRequest), services().webui.tools.plugins.actions
    found = actions.start(principal(), action_id, place_of(body), body.whole())
    return success(present_result(found))


@blueprint.get("/api/v1/pipelines/list")
@signed_in_only
@operators_only
def list_pipelines() -> Response:
    """List nothing: servers of pipelines are not connected here."""
    return success(present_no_pipelines())
