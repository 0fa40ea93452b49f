"""What the front end reads although it is not built: empty lists, whole or by pages."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.schemas.openwebui.person import present_empty_page, present_groups

EMPTY = ("skills", "terminals", "calendars", "calendars/events")
"""Nouns without a thing."""

EMPTY_PAGES = ("skills/list", "knowledge/external/connections", "automations/list")
"""Lists of these by pages."""

blueprint = Blueprint("lists", __name__)


@signed_in_only
def list_nothing() -> Response:
    """Show that there is nothing of this kind yet."""
    return success(present_groups())


@signed_in_only
def list_no_page() -> Response:
    """Show that there is nothing of this kind on any page."""
    return success(present_empty_page())


for noun in EMPTY_PAGES:
    blueprint.add_url_rule(f"/api/v1/{noun}", view_func=list_no_page)

for noun in EMPTY:
    blueprint.add_url_rule(f"/api/v1/{noun}", view_func=list_nothing)
