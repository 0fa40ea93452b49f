"""The server's own matters, and API keys, for the console."""

from flask import Blueprint, Response

from api.apps.door import login_required, success
from api.http import probes
from api.http.context import principal, services
from api.http.requests import query_arguments
from api.schemas.console.system import KeyQuery, KeysQuery, present_key

blueprint = Blueprint("system", __name__)

blueprint.add_url_rule("/ping", view_func=probes.ping)
blueprint.add_url_rule("/version", view_func=probes.version)
blueprint.add_url_rule("/healthz", view_func=probes.healthz)
blueprint.add_url_rule("/config", view_func=probes.config)
blueprint.add_url_rule("/status", view_func=login_required(probes.status))


@blueprint.post("/new_token")
@login_required
def new_token() -> Response:
    """Make an API key and show it, this once."""
    wanted = query_arguments(KeyQuery)
    made = services().accounts.keys.make(principal(), wanted.wanted())
    beta = services().accounts.bots.token(made.record.id)
    return success(present_key(made.record, beta, made.key))


@blueprint.get("/token_list")
@login_required
def token_list() -> Response:
    """List the tenant's API keys, of which only beginning and end are shown."""
    query = query_arguments(KeysQuery)
    keys = services().accounts.keys.list_keys(principal(), query.limit, query.offset)
    bots, whole = services().accounts.bots, services().accounts.keys.readable(principal())
    return success([present_key(key, bots.token(key.id), whole.get(key.id, "")) for key in keys])


@blueprint.delete("/token/<key>")
@login_required
def delete_token(key: str) -> Response:
    """Revoke an API key, named by itself, its id or its beginning; a missing one is no error."""
    services().accounts.keys.revoke(principal(), key)
    return success(data=True)
