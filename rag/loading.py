"""Importing by name what few processes need: a backend that is not used costs nothing."""

from importlib import import_module
from typing import Any


def loaded(name: str) -> Any:
    """Return what `package.module:attribute` names; the module is imported now at the latest."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)
