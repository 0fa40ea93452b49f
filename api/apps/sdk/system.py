"""The server's own matters, and API keys, under the REST prefix."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http import probes
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import has_json, json_body, query_arguments
from api.schemas.console.system import KeyChangeRequest, KeyQuery, KeysQuery, present_key
from api.schemas.statistics import StatisticsQuery, present_statistics

blueprint = Blueprint("system", __name__)

blueprint.add_url_rule("/system/ping", view_func=probes.ping)
blueprint.add_url_rule("/system/version", view_func=probes.version)
blueprint.add_url_rule("/system/healthz", view_func=probes.healthz)
blueprint.add_url_rule("/system/config", view_func=probes.config)
blueprint.add_url_rule("/system/status", view_func=api_key_required(probes.status))


@blueprint.post("/system/tokens")
@api_key_required
def create_token() -> Response:
    """Make an API key and show it, this once."""
    wanted = json_body(KeyQuery) if has_json() else query_arguments(KeyQuery)
    made = services().accounts.keys.make(principal(), wanted.wanted())
    beta = services().accounts.bots.token(made.record.id)
    return success(present_key(made.record, beta, made.key))


@blueprint.get("/system/tokens")
@reads_only
@api_key_required
def list_tokens() -> Response:
    """List the tenant's API keys, of which only beginning and end are shown."""
    query = query_arguments(KeysQuery)
    keys = services().accounts.keys.list_keys(principal(), query.limit, query.offset)
    bots, whole = services().accounts.bots, services().accounts.keys.readable(principal())
    return success([present_key(key, bots.token(key.id), whole.get(key.id, "")) for key in keys])


@blueprint.patch("/system/tokens/<token>")
@api_key_required
def change_token(token: str) -> Response:
    """Change name, note, scope or end of an API key, which is named by its id."""
    change = json_body(KeyChangeRequest).change()
    changed = services().accounts.keys.change(principal(), token, change)
    return success(present_key(changed, services().accounts.bots.token(changed.id)))


@blueprint.delete("/system/tokens/<token>")
@api_key_required
def revoke_token(token: str) -> Response:
    """Revoke an API key; a missing one is no error."""
    services().accounts.keys.revoke(principal(), token)
    return success(data=True)


@blueprint.get("/system/stats")
@reads_only
@api_key_required
def stats() -> Response:
    """Show how much the tenant's assistants are used, day by day."""
    span = query_arguments(StatisticsQuery).span()
    return success(present_statistics(services().chats.statistics.by_day(principal(), *span)))
