"""Ctrl-C while a program's code is being loaded, which takes a quarter of a second."""

import os
import signal
from importlib import import_module
from typing import Any

INTERRUPTED = 130
"""What a shell makes of a program that Ctrl-C ended."""


def end_quietly(_number: int, _frame: Any) -> None:
    """End this process and print nothing; what a signal handler does."""
    os._exit(INTERRUPTED)


def load_quietly() -> None:
    """Handle Ctrl-C by ending this process without a traceback, unless it is ignored.

    To be called before what takes long to load; `loaded` or a handler of the program's own ends it.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, end_quietly)


def loaded() -> None:
    """Restore KeyboardInterrupt on Ctrl-C."""
    if signal.getsignal(signal.SIGINT) is end_quietly:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def run(module: str, function: str) -> None:
    """Load a module and run a function of it."""
    load_quietly()
    program = getattr(import_module(module), function)
    loaded()
    program()
