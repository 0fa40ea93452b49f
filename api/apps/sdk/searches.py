"""Search apps, at their later addresses."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.paging import followed
from api.http.requests import json_body, query_arguments
from api.http.streaming import event_stream
from api.schemas.answer import answer_frames
from api.schemas.asking import SearchAppQuestion
from api.schemas.console.search_app import (
    NewSearchApp,
    SearchAppChange,
    SearchAppsRequest,
    present_made,
    present_page,
)
from api.schemas.search_app import present_app

blueprint = Blueprint("searches", __name__)

ONE = "/searches/<search_id>"


@blueprint.post("/searches")
@api_key_required
def create() -> Response:
    """Create a search app."""
    wanted = json_body(NewSearchApp)
    made = services().chats.search_apps.create(principal(), wanted.name, wanted.values())
    return success(present_made(made.id))


@blueprint.get("/searches")
@reads_only
@api_key_required
def list_page() -> Response:
    """List the search apps, with their number."""
    wanted = query_arguments(SearchAppsRequest)
    apps = services().chats.search_apps
    found = apps.list_page(principal(), wanted.wanted(), wanted.part())
    return followed(success(present_page(found, wanted)), wanted.next_after(found.apps))


@blueprint.get(ONE)
@reads_only
@api_key_required
def get(search_id: str) -> Response:
    """Show a search app."""
    return success(present_app(services().chats.search_apps.get(principal(), search_id)))


@blueprint.put(ONE)
@api_key_required
def put(search_id: str) -> Response:
    """Change a search app and show it."""
    changes = json_body(SearchAppChange).values()
    return success(
        present_app(services().chats.search_apps.update(principal(), search_id, changes))
    )


@blueprint.delete(ONE)
@api_key_required
def delete(search_id: str) -> Response:
    """Delete a search app."""
    services().chats.search_apps.delete(principal(), search_id)
    return success(data=True)


@blueprint.post(f"{ONE}/completion")
@blueprint.post(f"{ONE}/completions")
@api_key_required
def complete(search_id: str) -> Response:
    """Answer a question as a search app says, as a stream; nothing is stored."""
    wanted = json_body(SearchAppQuestion).wanted(search_id)
    return event_stream(lambda: answer_frames(services().chats.asking.ask(principal(), wanted)))
