"""Forgetting who was let in lately, where a request may have shut somebody out."""

from flask import Flask, Response, request

from api.http.process import web_process
from api.http.scopes import ASKS, SAFE


def forget_with_changes(app: Flask) -> None:
    """Let what a request changes count for all requests that this process gets after its answer."""

    def forget(response: Response) -> Response:
        if request.method not in SAFE and request.endpoint not in ASKS:
            web = web_process(app)
            if web.is_attached:
                web.services.accounts.remembered.forget()
        return response

    app.after_request(forget)
