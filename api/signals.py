"""A program while its code is being loaded, which takes a quarter of a second and more."""

import gc
import os
import signal
import sys
from collections.abc import Callable, MutableMapping
from importlib import import_module
from types import ModuleType
from typing import Any, TypeVar

T = TypeVar("T")

INTERRUPTED = 130
"""What a shell makes of a program that Ctrl-C ended."""

DRIVERS = ("MySQLdb", "psycopg", "psycopg2", "psycopg2cffi", "pymysql")
"""What peewee loads where it finds it, for databases that few servers have: 8 MB and 60 ms in every
process. `api.db.backends` loads the one that is configured."""

UNCALLED = ("deprecated", "deprecated.sphinx", "limits.aio")
"""What `limits` loads and nobody here calls: marks for its manual, and counters for asyncio. With
them come wrapt and asyncio: 3 MB in every process. Each is an empty one while code is loaded."""

_MODULES: MutableMapping[str, Any] = sys.modules
"""A name with None is that of a module which is not to be found."""


def leave_out() -> None:
    """Have no driver found from now on, as peewee is loaded without; and nothing that is uncalled.

    What is loaded already stays.
    """
    for name in DRIVERS:
        _MODULES.setdefault(name, None)
    for name in UNCALLED:
        if name not in _MODULES:
            _MODULES[name] = empty(name)


def empty(name: str) -> ModuleType:
    """Return a module in the place of one that would mark functions for a manual."""
    made = ModuleType(name)
    vars(made).update(versionadded=unmarked, versionchanged=unmarked)
    return made


def unmarked(**_version: str) -> Callable[[T], T]:
    """Return what leaves a function or a class as it is."""
    return lambda marked: marked


def let_in() -> None:
    """Have all of it found again."""
    for name in DRIVERS:
        if _MODULES.get(name, _MODULES) is None:
            del _MODULES[name]
    for name in UNCALLED:
        found = _MODULES.get(name)
        if found is not None and found.__spec__ is None:
            del _MODULES[name]


def end_quietly(_number: int, _frame: Any) -> None:
    """End this process and print nothing; what a signal handler does."""
    os._exit(INTERRUPTED)


def load_quietly() -> None:
    """Handle Ctrl-C by ending this process without a traceback, unless it is ignored.

    To be called before what takes long to load, and `loaded` after it. Loading makes no garbage:
    to look for it again and again would take a fifth of the time.
    """
    gc.disable()
    leave_out()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, end_quietly)


def loaded() -> None:
    """Restore KeyboardInterrupt on Ctrl-C, and collect garbage, but not what was loaded."""
    gc.freeze()
    gc.enable()
    let_in()
    if signal.getsignal(signal.SIGINT) is end_quietly:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def run(module: str, function: str) -> None:
    """Load a module and run a function of it."""
    load_quietly()
    program = getattr(import_module(module), function)
    loaded()
    program()
