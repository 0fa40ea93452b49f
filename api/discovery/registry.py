"""Which service registry the settings ask for."""

from api.config.settings import Settings
from api.discovery.base import ServiceRegistry
from api.discovery.null import NullRegistry
from rag.loading import loaded

NACOS = "api.discovery.nacos:NacosRegistry"
"""Its client takes most of a second and 50 MB, and does not work where gevent has patched."""


def open_registry(settings: Settings) -> ServiceRegistry:
    """Return the service registry of the settings; one where nothing is registered if none is."""
    if not settings.nacos.address:
        return NullRegistry()
    registry: ServiceRegistry = loaded(NACOS)(settings)
    return registry
