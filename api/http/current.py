"""The request that is answered now and its application, without what Flask has stand for them.

Flask's `request` and `current_app` look for what they stand for at each use of an attribute. A
request had forty of these, a twentieth of all that the server did for it beside the engine: what
looks at every request asks here, once.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask, Request, current_app, request

_app: Any = current_app
_request: Any = request

this_app: Callable[[], Flask] = _app._get_current_object  # noqa: SLF001 - Flask's documented way
this_request: Callable[[], Request] = _request._get_current_object  # noqa: SLF001 - the same
