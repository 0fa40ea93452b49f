"""How much was said in the asker's chats."""

import time

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.context import principal, services
from api.http.requests import query_arguments
from api.schemas.openwebui.conversation import key_of
from api.schemas.openwebui.statistics import (
    ExportQuery,
    StatisticsQuery,
    present_chat_counts_page,
    present_export_page,
    present_exported_chat,
)
from api.schemas.openwebui.usage import UsageQuery, present_own_usage
from api.services.webui.analytics_records import Period

BASE = "/api/v1/chats/stats"

EXPORTED = 10
"""Chats of a page of the export: they have all their messages."""

blueprint = Blueprint("statistics", __name__)


@blueprint.get(f"{BASE}/usage")
@signed_in_only
def usage() -> Response:
    """Show how much was said in the asker's chats, the last changed first."""
    wanted = query_arguments(StatisticsQuery)
    found = services().webui.lists.whole(principal(), wanted.page, wanted.items_per_page)
    return success(present_chat_counts_page(*found))


@blueprint.get(f"{BASE}/export")
@signed_in_only
def export() -> Response:
    """Show the asker's chats without their texts, 10 a page, the last changed first."""
    wanted = query_arguments(ExportQuery)
    since = wanted.updated_at * 1000
    found = services().webui.lists.whole(principal(), wanted.page, EXPORTED, since)
    return success(present_export_page(*found, wanted.page))


@blueprint.get(f"{BASE}/export/<conversation_id>")
@signed_in_only
def export_one(conversation_id: str) -> Response:
    """Show a chat of the asker without its texts."""
    found = services().webui.conversations.get(principal(), key_of(conversation_id))
    return success(present_exported_chat(found))


@blueprint.get("/api/v1/users/usage")
@signed_in_only
def own() -> Response:
    """Show how much the asker has asked: in all, and by the days of a period, in UTC."""
    query = query_arguments(UsageQuery)
    found = services().webui.analytics.own(principal(), Period())
    return success(present_own_usage(found, query, int(time.time())))
