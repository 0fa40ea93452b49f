"""The Flask application: pages, errors and, once there are any, services."""

from flask import Flask, Request
from flask.sessions import NullSession, SessionInterface

from api.container import Services
from api.http.context import EXTENSION
from api.http.discovery import register_pages
from api.http.errors import register_errors
from api.http.middleware import Middleware
from api.http.probes import metrics, ready
from api.http.requests import refuse_nul
from api.http.streaming import EXTENSION as STREAMS
from api.http.streaming import Streams


class NoSessions(SessionInterface):
    """Keeps no cookies: a request says who it is by its key or token."""

    none = NullSession()

    def open_session(self, _app: Flask, _request: Request) -> NullSession:
        """Return a session that holds nothing and takes nothing."""
        return self.none


def create_app() -> Flask:
    """Return an application with every page registered and nothing opened."""
    app = Flask("raglan", static_folder=None)
    app.session_interface = NoSessions()
    app.url_map.strict_slashes = False
    app.wsgi_app = Middleware(app.wsgi_app)  # type: ignore[method-assign]  # Flask's own way
    app.url_value_preprocessor(refuse_nul)
    register_errors(app)
    register_pages(app)
    app.add_url_rule("/ready", view_func=ready)
    app.add_url_rule("/metrics", view_func=metrics)
    return app


def attach(app: Flask, services: Services) -> None:
    """Give the pages of `app` the services of this process."""
    settings = services.settings
    app.config["MAX_CONTENT_LENGTH"] = settings.server.max_body_bytes
    app.extensions[EXTENSION] = services
    app.extensions[STREAMS] = Streams(settings.server.max_streams, services.recorder)
    if isinstance(app.wsgi_app, Middleware):
        app.wsgi_app.access_log = settings.log.access
        app.wsgi_app.recorder = services.recorder
