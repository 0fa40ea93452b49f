"""What needs packages that few servers have."""

from importlib.util import find_spec

from api.errors import StartError


def check_installed(module: str, setting: str, extra: str) -> None:
    """Raise StartError for a setting that needs packages which are not there."""
    if find_spec(module.partition(".")[0]) is None or find_spec(module) is None:
        raise StartError(
            f"it needs packages that are not installed: ./entrypoint.sh --install {extra}, or"
            f" pip install 'raglan[{extra}]' ({setting})."
        )


def check_front_end(folder: str) -> None:
    """Raise StartError for a front end whose live events need packages that are not there."""
    if folder:
        check_installed("socketio", "frontend.dir", "openwebui")
