"""The server itself, for those who operate it."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import operators_only
from api.http.context import services
from api.schemas.sdk.setting import present_settings

blueprint = Blueprint("operation", __name__)


@blueprint.get("/system/settings")
@api_key_required
@operators_only
def settings() -> Response:
    """Show all settings, with where each comes from."""
    return success(present_settings(services().operations.settings.told()))
