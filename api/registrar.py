"""The registrar: keeps this host's server registered with Nacos while it is ready.

`python -m api.registrar`, a process of its own without gevent, one beside each web server.
"""

from api.signals import load_quietly, loaded

if __name__ == "__main__":
    load_quietly()  # before what takes long to load

import asyncio
import logging
import os
import signal
import sys
from contextlib import suppress

from api.config.settings import Settings
from api.config.sources import load_settings
from api.datafolder import lock_for_registrar
from api.db.connection import open_database
from api.discovery.base import ServiceRegistry, Session
from api.discovery.instance import this_instance
from api.discovery.registry import open_registry
from api.errors import StartError, UnavailableError
from api.logs import configure_logging
from api.processes.descriptors import raise_limit
from api.processes.listening import host_to_ask
from api.processes.supervised import end_with
from api.services.operations.registration import RegistrarReport
from api.services.operations.reports import Reports

log = logging.getLogger("raglan.registrar")

DEREGISTER_SECONDS = 1.5
"""With the closing of the connection, less than the two seconds that a stop may take."""

LOOK_EVERY = 0.25
"""Seconds between two looks at whether the connection stands."""

PROBE_SECONDS = 2.0

UNREADY_LOOKS = 2
"""So many looks in a row must find the server not ready until it is taken out."""

UNREADY = "The server is not ready."

FIRST_DELAY = 1.0
LONGEST_DELAY = 10.0


class Registrar:
    """Registers one instance, and again whenever Nacos has lost it."""

    def __init__(
        self, settings: Settings, registry: ServiceRegistry, report: RegistrarReport
    ) -> None:
        """Initialize with the settings, with `nacos.address` set, and the reports about it."""
        self.server = settings.server
        self.nacos = settings.nacos
        self.registry = registry
        self.report = report
        self.instance = report.instance
        self.unready = UNREADY_LOOKS
        self.is_registered = False
        self.delay = FIRST_DELAY

    async def run(self) -> None:
        """Keep the instance registered until cancelled."""
        while True:
            try:
                async with self.registry.connected() as session:
                    log.info("Connected to Nacos at %s.", self.nacos.address)
                    await self.keep_registered(session)
            except UnavailableError as error:
                log.warning(
                    "%s. Consumers that look there do not find this server; next try in %g s.",
                    error.message.rstrip("."),
                    self.delay,
                )
                self.report.lose(error.message)
            self.is_registered = False
            await asyncio.sleep(self.delay)
            self.delay = min(self.delay * 2, LONGEST_DELAY)

    async def keep_registered(self, session: Session) -> None:
        """Follow the server's readiness; takes the instance out when cancelled."""
        try:
            while True:
                await self.follow(session)
                self.delay = FIRST_DELAY
                await self.watch(session)
        finally:
            if self.is_registered and session.is_connected:
                with suppress(TimeoutError):
                    async with asyncio.timeout(DEREGISTER_SECONDS):
                        await self.take_out(session)

    async def follow(self, session: Session) -> None:
        """Reconcile what Nacos lists with whether the server is ready."""
        ready = await is_ready(host_to_ask(self.server.host), self.server.port)
        self.unready = 0 if ready else self.unready + 1
        if ready:
            if not (self.is_registered and await session.lists(self.instance)):
                await session.register(self.instance)
                self.is_registered = True
                log.info("Registered %s as %s.", self.instance, self.nacos.service_name)
            self.report.beat()
        elif self.unready >= UNREADY_LOOKS:
            if self.is_registered:
                log.warning(UNREADY)
                await self.take_out(session)
            self.report.lose(UNREADY)

    async def watch(self, session: Session) -> None:
        """Wait until the next heartbeat; raises UnavailableError once the connection is lost."""
        loop = asyncio.get_running_loop()
        # A server that starts is registered as soon as it is ready.
        pause = self.nacos.heartbeat if self.is_registered else min(1.0, self.nacos.heartbeat)
        until = loop.time() + pause
        while loop.time() < until:
            await asyncio.sleep(min(LOOK_EVERY, pause))
            if not session.is_connected:
                raise UnavailableError(f"The connection to Nacos at {self.nacos.address} is lost")

    async def take_out(self, session: Session) -> None:
        """Deregister the instance."""
        self.is_registered = False
        await session.deregister(self.instance)
        log.info("Deregistered %s.", self.instance)


async def is_ready(host: str, port: int) -> bool:
    """Return whether the web server says that it is ready."""
    with suppress(OSError):  # of which TimeoutError is one
        async with asyncio.timeout(PROBE_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(b"GET /ready HTTP/1.0\r\n\r\n")
                return b" 200 " in await reader.readline()
            finally:
                writer.close()
    return False


async def register(registrar: Registrar) -> None:
    """Run a registrar until it is told to stop; a second signal ends it at once."""
    task = asyncio.create_task(registrar.run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task
    log.info("The registrar has stopped.")


def open_reports(settings: Settings) -> Reports:
    """Return where to report, which needs one connection."""
    return Reports(open_database(settings.database_url, 1, settings.database.pool_timeout))


def serve(settings: Settings) -> None:
    """Run a registrar in this process; raises StartError if it has nothing to do here."""
    parent = os.getppid()
    if not settings.nacos.address:
        raise StartError("There is nothing to register with: nacos.address is not set.")
    configure_logging("registrar", settings.log.level, settings.log.format)
    raise_limit()
    lock_for_registrar(settings.data_path)
    end_with(parent)
    registry = open_registry(settings)
    with RegistrarReport(open_reports(settings), settings, this_instance(settings)) as report:
        asyncio.run(register(Registrar(settings, registry, report)))


def main() -> None:
    """Run `python -m api.registrar`; ends with status 1 and one line when it cannot start."""
    loaded()
    try:
        serve(load_settings())
    except StartError as error:
        sys.exit(f"raglan registrar: {error.message}")


if __name__ == "__main__":
    main()
