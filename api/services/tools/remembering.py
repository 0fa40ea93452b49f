"""What servers of tools have, as they have said it a short time ago."""

import time
from collections.abc import Sequence
from typing import NamedTuple

from api.errors import RaglanError
from api.services.tools.opening import OpenServer
from api.services.tools.records import ServerRow, Tool

SECONDS = 60.0
"""For so long a server is not asked again."""

MOST = 200
"""Servers of which something is remembered; those that are gone would stay for ever."""


class Told(NamedTuple):
    """The tools of a server, as it was in ms, and until when they count."""

    update_time: int
    until: float
    tools: Sequence[Tool]


class Remembered:
    """The tools of servers, in a process; what a server does not say is asked again each time."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.told: dict[str, Told] = {}

    def tools(self, row: ServerRow, server: OpenServer) -> tuple[Sequence[Tool], str]:
        """Return the tools of a server, or why there are none."""
        known = self.told.get(row.id)
        if known and known.update_time == row.update_time and known.until > time.monotonic():
            return known.tools, ""
        try:
            found = server.tools()
        except RaglanError as error:
            return (), f"The tools of {row.text.name} cannot be used: {error}"
        if len(self.told) > MOST:
            self.told.clear()
        self.told[row.id] = Told(row.update_time, time.monotonic() + SECONDS, found)
        return found, ""
