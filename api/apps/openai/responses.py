"""Responses of assistants and plain models, with searches of vector stores."""

from flask import Blueprint, Response

from api.apps.openai.door import bases, key_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.framing import Framing, named_frame
from api.http.links import public_url
from api.http.requests import json_body, query_arguments
from api.http.streaming import event_stream
from api.schemas.openai.naming import bare, present_deleted
from api.schemas.openai.response import ResponseQuery, ResponseRequest
from api.schemas.openai.response_answer import Form, present_response
from api.schemas.openai.response_events import response_events, response_failure
from api.schemas.openai.response_input import InputQuery, present_input_items

blueprint = Blueprint("responses", __name__)

EVENTS = Framing(response_failure, b"", frame=named_frame)


@key_required
def create() -> Response:
    """Answer a question, whole unless the client wants a stream."""
    body = json_body(ResponseRequest)
    responses, asked = services().chats.responses, (principal(), body.wanted())
    form = Form(public_url(), tuple(body.include))
    if body.stream:
        return event_stream(lambda: response_events(form, responses.begin(*asked)), EVENTS)
    return success(present_response(form, responses.answer(*asked)))


@reads_only
@key_required
def show(response_id: str) -> Response:
    """Show a response that is kept."""
    form = Form(public_url(), tuple(query_arguments(ResponseQuery).include))
    found = services().chats.responses.get(principal(), bare(response_id))
    return success(present_response(form, found))


@reads_only
@key_required
def input_items(response_id: str) -> Response:
    """List what was said to a response that is kept."""
    cursor = query_arguments(InputQuery).cursor()
    said = services().chats.responses.said_to(principal(), bare(response_id), cursor)
    return success(present_input_items(said))


@key_required
def cancel(response_id: str) -> Response:
    """Stop a response that is being made: none can be that has an address."""
    form = Form(public_url())
    found = services().chats.responses.cancel(principal(), bare(response_id))
    return success(present_response(form, found))


@key_required
def delete(response_id: str) -> Response:
    """Delete a response."""
    services().chats.responses.delete(principal(), bare(response_id))
    return success(present_deleted(f"resp_{bare(response_id)}", "response"))


for path in bases("/responses"):
    blueprint.add_url_rule(path, view_func=create, methods=["POST"])
    blueprint.add_url_rule(f"{path}/<response_id>", view_func=show)
    blueprint.add_url_rule(f"{path}/<response_id>", view_func=delete, methods=["DELETE"])
    blueprint.add_url_rule(f"{path}/<response_id>/input_items", view_func=input_items)
    blueprint.add_url_rule(f"{path}/<response_id>/cancel", view_func=cancel, methods=["POST"])
