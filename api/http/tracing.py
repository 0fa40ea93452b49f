"""Entry spans: one a request, named after its route."""

from collections.abc import Iterator
from typing import TypeVar

from flask import Flask, Response, g, has_request_context, request

from api.http.outcome import refusal_of
from api.http.paths import without_keys
from api.http.process import web_process
from api.observability.tracing.base import Tracer

T = TypeVar("T")

FAILED = 400


def trace_requests(app: Flask, tracer: Tracer) -> None:
    """Trace every request of `app` that reaches Flask."""

    def begin() -> None:
        rule = request.url_rule
        # Not the path: there are as many as there are ids.
        name = f"{request.method}:{rule.rule}" if rule is not None else "(no route)"
        g.span = tracer.begin(
            name,
            request.headers.get(tracer.header, ""),
            http_method=request.method,
            http_url=without_keys(request.base_url),
        )

    def note(response: Response) -> Response:
        refusal = refusal_of(request.environ)
        g.status = response.status_code if refusal is None else refusal.status
        return response

    def end(error: BaseException | None) -> None:
        status = g.pop("status", 500)
        failed = error is not None or status >= FAILED
        tracer.end(g.pop("span", None), failed=failed, http_status_code=status)

    web_process(app).tracer = tracer
    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(note)
    app.teardown_request(end)


def route_of_request() -> str:
    """Return the method and the route of the request; empty outside of one."""
    rule = request.url_rule if has_request_context() else None
    return f"{request.method} {rule.rule}" if rule is not None else ""


def continued(operation: str, items: Iterator[T]) -> Iterator[T]:
    """Count what is made after this request has been answered as a part of its trace."""
    tracer = web_process().tracer
    return items if tracer is None else tracer.continued(operation, items)
