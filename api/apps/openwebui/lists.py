"""What the front end reads at its start although it is not built: empty lists."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.schemas.openwebui.person import present_groups

EMPTY = (
    *("configs/banners", "folders/shared", "notes/pinned", "tools", "functions"),
    *("skills", "terminals", "channels"),
)
"""Nouns without a thing."""

blueprint = Blueprint("lists", __name__)


@signed_in_only
def list_nothing() -> Response:
    """Show that there is nothing of this kind yet."""
    return success(present_groups())


for noun in EMPTY:
    blueprint.add_url_rule(f"/api/v1/{noun}", view_func=list_nothing)
