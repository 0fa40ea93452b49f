"""Through which door a request came, and in which contract that door speaks to it."""

from flask import g, request

from api.errors import RaglanError
from api.http.authentication import token_of
from api.http.context import principal, services
from api.http.current import this_request
from api.http.door import Door
from api.http.process import web_process


def door() -> Door:
    """Return the door through which the request came, whether there is a page or not.

    A door with several contracts is returned in that of the request.
    """
    found = web_process().doors.of(this_request().path)
    return found.contracts.get(contract(), found) if found.contracts else found


def contract() -> str:
    """Return the contract that the key of the request names, else that of the settings."""
    if not web_process().is_attached:
        return ""
    return named_contract() or services().live.current.api.contract


def named_contract() -> str:
    """Return the contract that the key of the request names; empty if it names none.

    Where there is no page nobody has looked at the key yet. A page that refuses one knows none.
    """
    if "principal" in g:
        return principal().contract
    if request.url_rule is None and "contract" not in g:
        g.contract = contract_of(token_of(request.headers.get("Authorization", "")))
    return str(g.get("contract", ""))


def contract_of(key: str) -> str:
    """Return the contract that a key names; empty if it is wrong, or cannot be looked up."""
    try:
        found = services().accounts.keys.authenticate(key) if key else None
    except RaglanError:  # the answer is an error already, which is to go out in any case
        return ""
    return found.contract if found else ""
