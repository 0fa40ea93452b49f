"""Finding pages by file name: `apps/*_app.py` go under /v1, `apps/sdk/*.py` under /api/v1."""

from importlib import import_module
from pathlib import Path

from flask import Blueprint, Flask

from api.errors import StartError

APPS_DIR = Path(__file__).resolve().parent.parent / "apps"

CONSOLE_PREFIX = "/v1"
REST_PREFIX = "/api/v1"


def register_pages(app: Flask) -> None:
    """Register the blueprint of every page; raises StartError for a page without one."""
    for path in sorted(APPS_DIR.glob("*_app.py")):
        noun = path.stem.removesuffix("_app")
        page = find_blueprint(f"api.apps.{path.stem}", path)
        app.register_blueprint(page, url_prefix=f"{CONSOLE_PREFIX}/{noun}", name=f"console_{noun}")
    for path in sorted(APPS_DIR.glob("sdk/*.py")):
        if path.stem != "__init__":
            page = find_blueprint(f"api.apps.sdk.{path.stem}", path)
            app.register_blueprint(page, url_prefix=REST_PREFIX, name=f"rest_{path.stem}")


def find_blueprint(module_name: str, path: Path) -> Blueprint:
    """Return the `blueprint` that a page defines; raises StartError naming the file."""
    blueprint = getattr(import_module(module_name), "blueprint", None)
    if not isinstance(blueprint, Blueprint):
        raise StartError(f"{path.parent.name}/{path.name} is a page without a `blueprint`.")
    return blueprint
