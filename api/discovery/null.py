"""The service registry of a server that nobody is told of."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.discovery.instance import Instance


class NullSession:
    """Forgets every instance; see `api.discovery.base`."""

    is_connected = True

    async def register(self, _instance: Instance, /) -> None:
        """Do nothing."""

    async def deregister(self, _instance: Instance, /) -> None:
        """Do nothing."""

    async def lists(self, _instance: Instance, /) -> bool:
        """Return that nobody finds it."""
        return False


class NullRegistry:
    """Connects to nothing; see `api.discovery.base`."""

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[NullSession]:
        """Open a session that does nothing for an `async with` block."""
        yield NullSession()

    def look_up(self) -> str:
        """Return that there is nothing to look up."""
        return "not configured: nobody is told where this server is"
