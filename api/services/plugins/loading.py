"""Code that administrators name by its address."""

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from api.config.tools import ToolSettings
from api.errors import FetchError
from api.fetching.calls import Caller, Request
from api.services.accounts.records import Principal
from api.services.plugins.plugins import PluginService

MOST_BYTES = 1_000_000
FINE = 200

PAGE = re.compile(r"https://github\.com/([^/]+/[^/]+)/blob/(.+)")
RAW = r"https://raw.githubusercontent.com/\1/\2"
"""Where the file is that GitHub shows on a page."""


class PluginLoader:
    """Fetches code; nothing of it is run."""

    def __init__(
        self, plugins: PluginService, caller: Caller, settings: Callable[[], ToolSettings]
    ) -> None:
        """Initialize with who may ask, and what asks."""
        self.plugins = plugins
        self.caller = caller
        self.settings = settings

    def load(self, asker: Principal, url: str) -> tuple[str, str]:
        """Return what a file is called, and the text in it; raises NotAllowedError, FetchError."""
        self.plugins.people.check_administrator(asker)
        self.plugins.check_on()
        address = PAGE.sub(RAW, url)
        seconds = self.settings().timeout
        request = Request("GET", address, seconds=seconds, most_bytes=MOST_BYTES)
        with self.caller.call(request) as reply:
            if reply.status != FINE:
                raise FetchError(f"url: the server there answered {reply.status}.")
            content = reply.content()
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            raise FetchError("url: what is there is no text.") from error
        return PurePosixPath(unquote(urlsplit(address).path)).stem or "code", text
