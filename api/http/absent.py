"""Parts of RAGFlow that are not built: all that a page asks of one is refused in a sentence.

A refusal has no `data`: then RAGFlow's pages go on with the empty lists that they begin with.
"""

from flask import Blueprint, Response

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
