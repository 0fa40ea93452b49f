"""Forgetting who was let in lately, where a request may have shut somebody out."""

from flask import Flask, Response

from api.http.current import this_request
from api.http.process import web_process
from api.http.scopes import ASKS, PAGES_OF, SAFE
from api.services.accounts.scopes import Noun

CONTENTS = PAGES_OF[Noun.DOCUMENTS] | PAGES_OF[Noun.CHUNKS]
"""Pages whose changes are of what somebody has, and shut nobody out."""


def forget_with_changes(app: Flask) -> None:
    """Let what a request changes count for all requests that this process gets after its answer."""

    def forget(response: Response) -> Response:
        asked = this_request()
        if asked.method not in SAFE and may_shut_out(asked.endpoint or ""):
            web = web_process(app)
            if web.is_attached:
                web.services.accounts.remembered.forget()
        return response

    app.after_request(forget)


def may_shut_out(endpoint: str) -> bool:
    """Return whether a change at a page may say who is let in."""
    return endpoint not in ASKS and endpoint.partition(".")[0] not in CONTENTS
