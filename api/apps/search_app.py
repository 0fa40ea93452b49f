"""Search apps: pages that search some datasets in one way."""

from flask import Blueprint, Response

from api.apps.door import login_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.console.search_app import (
    NewSearchApp,
    SearchAppRequest,
    SearchAppsRequest,
    present_made,
    present_page,
)
from api.schemas.search_app import SearchAppId, present_app

blueprint = Blueprint("search", __name__)


@blueprint.post("/create")
@login_required
def create() -> Response:
    """Create a search app."""
    wanted = json_body(NewSearchApp)
    made = services().chats.search_apps.create(principal(), wanted.name, wanted.values())
    return success(present_made(made.id))


@blueprint.post("/list")
@login_required
def list_page() -> Response:
    """List a page of the search apps, with their number."""
    wanted = json_body(SearchAppsRequest)
    apps = services().chats.search_apps
    found = apps.list_page(principal(), wanted.wanted(), wanted.part())
    return success(present_page(found, wanted))


@blueprint.get("/detail")
@reads_only
@login_required
def detail() -> Response:
    """Show a search app."""
    app_id = query_arguments(SearchAppId).search_id
    return success(present_app(services().chats.search_apps.get(principal(), app_id)))


@blueprint.post("/update")
@login_required
def update() -> Response:
    """Change a search app."""
    wanted = json_body(SearchAppRequest)
    apps = services().chats.search_apps
    return success(present_app(apps.update(principal(), wanted.search_id, wanted.values())))


@blueprint.post("/rm")
@login_required
def rm() -> Response:
    """Delete a search app."""
    services().chats.search_apps.delete(principal(), json_body(SearchAppId).search_id)
    return success(data=True)
