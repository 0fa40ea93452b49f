"""Shares of assistants: pages and widgets for whoever has the link."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.sdk.share import NewShare, ShareChange, present_share, present_shares

blueprint = Blueprint("shares", __name__)

ALL = "/chats/<chat_id>/shares"
ONE = f"{ALL}/<share_id>"


@blueprint.post(ALL)
@api_key_required
def create(chat_id: str) -> Response:
    """Share an assistant."""
    changes = json_body(NewShare).changes()
    return success(present_share(services().chats.shares.create(principal(), chat_id, changes)))


@blueprint.get(ALL)
@reads_only
@api_key_required
def list_all(chat_id: str) -> Response:
    """List the shares of an assistant, newest first."""
    return success(present_shares(services().chats.shares.list_all(principal(), chat_id)))


@blueprint.patch(ONE)
@api_key_required
def patch(chat_id: str, share_id: str) -> Response:
    """Change a share, or switch it off, and show it."""
    changes = json_body(ShareChange).changes()
    shares = services().chats.shares
    return success(present_share(shares.update(principal(), chat_id, share_id, changes)))


@blueprint.delete(ONE)
@api_key_required
def delete(chat_id: str, share_id: str) -> Response:
    """Delete a share."""
    services().chats.shares.delete(principal(), chat_id, share_id)
    return success(data=True)
