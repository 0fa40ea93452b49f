"""PDFium's functions as plain calls."""

import ctypes
from collections.abc import Callable
from typing import Any

Call = Callable[..., Any]


def plain(function: Callable[..., object], result: object, *arguments: object) -> Call:
    """Return one of PDFium's functions with plain numbers for its pointers.

    ctypes then makes no object a call, and `map` calls it at a third of the cost.
    """
    # What ctypes takes is more than what its types say.
    given: Any = function
    types: Any = (result, ctypes.c_void_p, *arguments)
    address = ctypes.cast(given, ctypes.c_void_p).value or 0
    call: Call = ctypes.CFUNCTYPE(*types)(address)
    return call
