"""The Flask application: pages, errors and, once there are any, services."""

from flask import Flask

from api.container import Services
from api.http.context import EXTENSION
from api.http.discovery import register_pages
from api.http.errors import register_errors


def create_app() -> Flask:
    """Return an application with every page registered and nothing opened."""
    app = Flask("raglan", static_folder=None)
    app.url_map.strict_slashes = False
    register_errors(app)
    register_pages(app)
    return app


def attach(app: Flask, services: Services) -> None:
    """Give the pages of `app` the services of this process."""
    app.config["MAX_CONTENT_LENGTH"] = services.settings.server.max_body_bytes
    app.extensions[EXTENSION] = services
