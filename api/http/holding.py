"""What holds the sockets of a process, as those see it who say what happens in rooms."""

from collections.abc import Mapping
from typing import Any, Protocol

from api.services.accounts.records import Principal


class Holds(Protocol):
    """What holds sockets, and tells rooms of events."""

    server: Any

    def asker_of(self, sid: str) -> Principal | None:
        """Return who has a connection; None for somebody who has not signed in."""
        ...

    def tell_room(
        self, name: str, data: Mapping[str, object], room: str, but: str | None = None
    ) -> None:
        """Tell a room of an event, but not the connection `but`."""
        ...
