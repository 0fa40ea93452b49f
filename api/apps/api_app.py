"""API keys and the use of assistants, as the console's older pages ask for them."""

from flask import Blueprint, Response

from api.apps.door import login_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.console.key import KeysOfQuery, NewKeyRequest, RevokedKeys
from api.schemas.console.system import present_key
from api.schemas.statistics import StatisticsQuery, present_statistics

blueprint = Blueprint("api", __name__)


@blueprint.post("/new_token")
@login_required
def new_token() -> Response:
    """Make an API key, for an assistant if one is named, and show it."""
    chat_id = json_body(NewKeyRequest).dialog_id
    if chat_id:
        services().chats.chats.get(principal(), chat_id)
    made = services().accounts.keys.create(principal(), chat_id)
    return success(
        present_key(made.record, services().accounts.bots.token(made.record.id), made.key)
    )


@blueprint.get("/token_list")
@reads_only
@login_required
def token_list() -> Response:
    """List the tenant's API keys, or those that were made for an assistant."""
    chat_id = query_arguments(KeysOfQuery).dialog_id
    accounts = services().accounts
    whole = accounts.keys.readable(principal())
    found = accounts.keys.list_keys(principal())
    return success(
        [
            present_key(key, accounts.bots.token(key.id), whole.get(key.id, ""))
            for key in found
            if chat_id in {"", key.name}
        ]
    )


@blueprint.post("/rm")
@login_required
def rm() -> Response:
    """Revoke API keys; missing ones are no error."""
    for key in json_body(RevokedKeys).tokens:
        services().accounts.keys.revoke(principal(), key)
    return success(data=True)


@blueprint.get("/stats")
@reads_only
@login_required
def stats() -> Response:
    """Show how much the tenant's assistants are used, day by day."""
    span = query_arguments(StatisticsQuery).span()
    return success(present_statistics(services().chats.statistics.by_day(principal(), *span)))
