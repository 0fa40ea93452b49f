"""Nacos: keeps one instance of a service registered over the SDK's gRPC connection.

Importing this takes most of a second and 50 MB, and gRPC does not work where gevent has patched:
it is imported by processes without gevent, and only where an address is configured.
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from v2.nacos import (
    ClientConfigBuilder,
    DeregisterInstanceParam,
    NacosException,
    NacosNamingService,
    RegisterInstanceParam,
)

from api.config.reporting import NacosSettings
from api.config.settings import Settings
from api.discovery.instance import Instance, servers, this_instance
from api.errors import UnavailableError

CONNECT_SECONDS = 10.0
"""How long the SDK gets for its three tries to connect."""

REACH_SECONDS = 3.0

GRPC_OFFSET = 1000
"""Where gRPC listens, above the port of HTTP."""

CLOSE_SECONDS = 0.5

HTTP_SECONDS = 5

LOGIN_PATHS = ("/nacos/v3/auth/user/login", "/nacos/v1/auth/users/login")
"""Where a server of 3.x takes a password, and where one of 2.x does."""

FORM = {"Content-Type": "application/x-www-form-urlencoded"}

EARLIER = 10
"""Seconds before the end of its life at which a token is replaced."""


class Login:
    """Gets a token for a password; stands in for the SDK's, which knows no server of 3.2."""

    def __init__(self, user: str, password: str, servers: list[str], http: Any) -> None:
        """Initialize with the servers' addresses and the SDK's HTTP client."""
        self.form = {"username": user, "password": password}
        self.servers = servers
        self.http = http
        self.token = ""
        self.expires = 0.0

    async def get_access_token(self, force_refresh: bool = False) -> str:  # noqa: FBT001, FBT002 - the SDK's name for it
        """Return a token; raises UnavailableError if no server gives one."""
        if force_refresh or time.monotonic() >= self.expires:
            self.token, seconds = await self._ask_all()
            self.expires = time.monotonic() + seconds - EARLIER
        return self.token

    async def _ask_all(self) -> tuple[str, float]:
        reason: object = ""
        for server in self.servers:
            for path in LOGIN_PATHS:
                answer, error = await self.http.request(
                    server + path, "POST", headers=FORM, data=self.form
                )
                with suppress(ValueError, LookupError, TypeError):
                    found = json.loads(answer)
                    return str(found["accessToken"]), float(found["tokenTtl"])
                reason = reason or error or "it answered something else than a token"
        raise UnavailableError(f"Nacos let nobody in: {reason}")


class NacosSession:
    """One connection to Nacos; what was registered over it goes with it."""

    def __init__(self, service: Any, settings: NacosSettings) -> None:
        """Initialize with a naming service that was started."""
        self.service = service
        self.settings = settings

    @property
    def is_connected(self) -> bool:
        """Return whether the connection stands."""
        return bool(self.service.grpc_client_proxy.server_health())

    async def register(self, instance: Instance) -> None:
        """Register an instance, which lives as long as this connection."""
        await self.service.register_instance(
            RegisterInstanceParam(
                service_name=self.settings.service_name,
                group_name=self.settings.group,
                cluster_name=self.settings.cluster,
                ip=instance.ip,
                port=instance.port,
                weight=self.settings.weight,
                metadata=instance.metadata,
                ephemeral=True,
            )
        )

    async def deregister(self, instance: Instance) -> None:
        """Deregister an instance."""
        await self.service.deregister_instance(
            DeregisterInstanceParam(
                service_name=self.settings.service_name,
                group_name=self.settings.group,
                cluster_name=self.settings.cluster,
                ip=instance.ip,
                port=instance.port,
                ephemeral=True,
            )
        )

    async def lists(self, instance: Instance) -> bool:
        """Return whether the server lists an instance."""
        # A plain query would do, but not every server answers it as the SDK wants it.
        found = await self.service.grpc_client_proxy.do_subscribe(
            self.settings.service_name, self.settings.group, self.settings.cluster
        )
        known = {(host.ip, host.port) for host in (found.hosts if found else ())}
        return (instance.ip, instance.port) in known


class NacosRegistry:
    """Nacos as the settings name it; see `api.discovery.base`."""

    def __init__(self, settings: Settings) -> None:
        """Initialize with Nacos's settings, and the folder for the SDK's files."""
        self.settings = settings
        self.folder = settings.data_path / "nacos"

    def connected(self) -> AbstractAsyncContextManager[NacosSession]:
        """Connect for an `async with` block; whatever fails in it raises UnavailableError."""
        return connected(self.settings.nacos, self.folder)

    def look_up(self) -> str:
        """Return what Nacos lists this server as; raises UnavailableError if it does not."""
        return asyncio.run(self._look_up())

    async def _look_up(self) -> str:
        instance, service = this_instance(self.settings), self.settings.nacos.service_name
        async with self.connected() as session:
            if not await session.lists(instance):
                raise UnavailableError(f"Nacos does not list {instance} as {service}")
        return f"{instance} is registered as {service}"


@asynccontextmanager
async def connected(settings: NacosSettings, folder: Path) -> AsyncIterator[NacosSession]:
    """Connect for an `async with` block; whatever fails in it raises UnavailableError.

    `folder` is where the SDK may keep files.
    """
    await check_reachable(settings.address)
    others = asyncio.all_tasks()
    service = None
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            service = open_service(settings, folder)
            await service.grpc_client_proxy.start()
        session = NacosSession(service, settings)
        if not session.is_connected:
            raise UnavailableError(f"Nacos does not answer at {settings.address}")
        yield session
    except NacosException as error:
        raise UnavailableError(f"Nacos refused: {error}") from error
    except TimeoutError as error:
        raise UnavailableError(f"Nacos does not answer in time at {settings.address}") from error
    finally:
        with suppress(NacosException, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                if service is not None and service.grpc_client_proxy.rpc_client is not None:
                    await service.shutdown()
        # The SDK forgets to end some of its own.
        for task in asyncio.all_tasks() - others:
            task.cancel()


async def check_reachable(addresses: str) -> None:
    """Raise UnavailableError unless a server listens: the SDK takes nine seconds to say so."""
    for host, port in servers(addresses):
        with suppress(OSError):  # of which TimeoutError is one
            async with asyncio.timeout(REACH_SECONDS):
                _, writer = await asyncio.open_connection(host, port + GRPC_OFFSET)
                writer.close()
                return
    raise UnavailableError(f"Nacos does not answer at {addresses}")


def open_service(settings: NacosSettings, folder: Path) -> Any:
    """Return the SDK's naming service, which is not connected yet."""
    builder = ClientConfigBuilder().server_address(settings.address)
    builder.namespace_id(settings.namespace).log_dir(str(folder)).cache_dir(str(folder))
    builder.timeout_ms(HTTP_SECONDS)  # they are taken for seconds
    builder.load_cache_at_start(load_cache_at_start=False)
    config = builder.build()
    service = NacosNamingService(config)
    hush(logging.getLogger("naming"))
    user, password = settings.user, settings.password.get_secret_value()
    if user:
        # Only now: the SDK would begin to log in on its own, and log the token.
        connector = service.grpc_client_proxy.nacos_server_connector
        connector.auth_client = Login(user, password, config.server_list, service.http_agent)
        config.username, config.password = user, password
    return service


def hush(logger: logging.Logger) -> None:
    """Close the log file that the SDK has opened: what fails is raised, too, and the rest is much.

    At its usual level it writes access tokens.
    """
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    logger.setLevel(logging.CRITICAL)
