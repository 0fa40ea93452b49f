"""Which service registry there is, and the one that nobody is told of."""

import asyncio

from api.config.settings import Settings
from api.discovery.instance import Instance
from api.discovery.registry import open_registry

HERE = Instance("10.0.0.7", 9380, {})


def test_without_an_address_nobody_is_told() -> None:
    async def found() -> bool:
        async with open_registry(Settings()).connected() as session:
            await session.register(HERE)
            await session.deregister(HERE)
            return await session.lists(HERE)

    assert not asyncio.run(found())
    assert open_registry(Settings()).look_up().startswith("not configured")
