"""Parts of RAGFlow that are not built: all that a page asks of one is refused in a sentence.

A refusal has no `data`: then RAGFlow's pages go on with the empty lists that they begin with.
"""

from contextlib import suppress

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException

from api.errors import NotBuiltError
from api.http.door import Door

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def refusing(door: Door, noun: str, what: str, *below: str) -> Blueprint:
    """Return the page of a noun that says to everything that `what` is not built.

    At a door whose pages are not under their nouns, all is meant that is `below` some addresses.
    """
    blueprint = Blueprint(noun, __name__)

    @door.guarded
    def refuse(rest: str) -> Response:
        """Refuse whatever it is."""
        del rest
        raise NotBuiltError(what)

    for address in below or ("",):
        blueprint.add_url_rule(f"{address}/<path:rest>", view_func=refuse, methods=METHODS)
    return blueprint


def methods_of_others() -> list[str]:
    """Return the methods with which other pages than that of this request answer at its address."""
    adapter = current_app.url_map.bind_to_environ(request.environ)
    found = []
    for method in METHODS:
        with suppress(HTTPException):
            endpoint, _ = adapter.match(method=method)
            if endpoint != request.endpoint:
                found.append(method)
    return found
