"""What a service registry offers: consumers find in it where servers are."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from api.discovery.instance import Instance


class Session(Protocol):
    """One connection to a registry; what was registered over it goes with it."""

    @property
    def is_connected(self) -> bool:
        """Return whether the connection stands."""
        ...

    async def register(self, instance: Instance, /) -> None:
        """Register an instance, which lives as long as this connection."""
        ...

    async def deregister(self, instance: Instance, /) -> None:
        """Deregister an instance."""
        ...

    async def lists(self, instance: Instance, /) -> bool:
        """Return whether consumers find an instance."""
        ...


class ServiceRegistry(Protocol):
    """A service registry; nothing is connected to before it is asked."""

    def connected(self) -> AbstractAsyncContextManager[Session]:
        """Connect for an `async with` block; whatever fails in it raises UnavailableError."""
        ...

    def look_up(self) -> str:
        """Return what this server is listed as; raises UnavailableError if it is not."""
        ...
