"""The server itself, for those who operate it."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import operators_only
from api.http.context import principal, services
from api.http.requests import json_body, path_arguments, query_arguments
from api.schemas.sdk.setting import (
    ChangePath,
    GoBackRequest,
    HistoryQuery,
    SettingsChangeRequest,
    present_history,
    present_saved,
    present_settings,
)
from api.services.configuration.records import Author

blueprint = Blueprint("operation", __name__)


@blueprint.get("/system/settings")
@api_key_required
@operators_only
def settings() -> Response:
    """Show all settings, with where each comes from."""
    return success(present_settings(services().configuration.settings.told()))


@blueprint.patch("/system/settings")
@api_key_required
@operators_only
def change() -> Response:
    """Set values in the database, all or none; null takes one away."""
    wanted = json_body(SettingsChangeRequest)
    found = services().configuration.settings
    return success(present_saved(found.change(author(), wanted.version, wanted.settings)))


@blueprint.get("/system/settings/history")
@api_key_required
@operators_only
def history() -> Response:
    """List the changes of settings in the database, the newest first."""
    query = query_arguments(HistoryQuery)
    changes = services().configuration.history.list_changes(query.page_size, query.offset)
    return success(present_history(*changes))


@blueprint.post("/system/settings/history/<version>/restore")
@api_key_required
@operators_only
def go_back(version: str) -> Response:
    """Set all to what it was when a version was made; 0 is before the first."""
    target = path_arguments(ChangePath, version=version).version
    seen = json_body(GoBackRequest).version
    return success(present_saved(services().configuration.history.go_back(author(), seen, target)))


def author() -> Author:
    """Return who changes settings."""
    asker = principal()
    return Author(services().accounts.accounts.profile(asker).email, asker.user_id)
