"""Importing by name what few processes need: a backend that is not used costs nothing."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any


def loaded(name: str) -> Any:
    """Return what `package.module:attribute` names; the module is imported now at the latest."""
    module, _, attribute = name.partition(":")
    with uncollected():
        return getattr(import_module(module), attribute)


@contextmanager
def uncollected() -> Iterator[None]:
    """Do not look for garbage within a `with` block that loads code and makes none.

    To look for it again and again takes a fifth of the time that loading takes.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
