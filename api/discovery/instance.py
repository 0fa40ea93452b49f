"""What a service registry is told about this server."""

import socket
from dataclasses import dataclass
from importlib.metadata import version
from urllib.parse import urlsplit

from api.config.settings import Settings
from api.errors import StartError
from api.processes.listening import ANY_ADDRESS

NACOS_PORT = 8848


@dataclass(frozen=True, slots=True)
class Instance:
    """What consumers are to find."""

    ip: str
    port: int
    metadata: dict[str, str]

    def __str__(self) -> str:
        """Return the address."""
        return f"{self.ip}:{self.port}"


def this_instance(settings: Settings) -> Instance:
    """Return what consumers are to find of this server."""
    nacos, server = settings.nacos, settings.server
    listens_everywhere = server.host in ANY_ADDRESS
    found = own_address(nacos.address) if listens_everywhere else server.host
    return Instance(
        ip=nacos.ip or found,
        port=nacos.port or server.port,
        metadata={"version": version("raglan"), "api": "/api/v1"},
    )


def own_address(addresses: str) -> str:
    """Return the address by which this host speaks to the first of the servers."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(servers(addresses)[0])  # sends nothing
            return str(probe.getsockname()[0])
    except OSError as error:
        raise StartError(
            f"This host's address could not be found out: {error}. Set RAGLAN_NACOS__IP."
        ) from error


def servers(addresses: str) -> list[tuple[str, int]]:
    """Return host and port of each server of a list."""
    parts = [urlsplit(f"//{part.strip().rpartition('/')[2]}") for part in addresses.split(",")]
    return [(part.hostname or "", part.port or NACOS_PORT) for part in parts]
