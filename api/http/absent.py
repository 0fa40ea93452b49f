"""Parts of RAGFlow that are not built: all that a page asks of one is refused in a sentence.

A refusal has no `data`: then RAGFlow's pages go on with the empty lists that they begin with.
"""

from flask import Blueprint, Response

from api.errors import NotBuiltError
from api.http.door import Door

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def refusing(door: Door, noun: str, what: str) -> Blueprint:
    """Return the page of a noun that says to everything that `what` is not built."""
    blueprint = Blueprint(noun, __name__)

    @blueprint.route("/<path:rest>", methods=METHODS)
    @door.guarded
    def refuse(rest: str) -> Response:
        """Refuse whatever it is."""
        del rest
        raise NotBuiltError(what)

    return blueprint
