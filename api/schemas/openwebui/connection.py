"""Whether browsers connect to models and tools by themselves: they do not, the server does."""

from pydantic import ConfigDict
from typing_extensions import TypedDict

from api.schemas.base import NullFreeRequest, UnbuiltFlag


class ConnectionsRequest(NullFreeRequest):
    """What of this is to be on: nothing can be."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"ENABLE_DIRECT_INTEGRATIONS": False}]}
    )

    ENABLE_DIRECT_CONNECTIONS: UnbuiltFlag = False
    ENABLE_DIRECT_INTEGRATIONS: UnbuiltFlag = False
    ENABLE_BASE_MODELS_CACHE: UnbuiltFlag = False


class ConnectionsAnswer(TypedDict):
    """What of this is on."""

    ENABLE_DIRECT_CONNECTIONS: bool
    ENABLE_DIRECT_INTEGRATIONS: bool
    ENABLE_BASE_MODELS_CACHE: bool


def present_connections() -> ConnectionsAnswer:
    """Return that nothing is on."""
    return {
        "ENABLE_DIRECT_CONNECTIONS": False,
        "ENABLE_DIRECT_INTEGRATIONS": False,
        "ENABLE_BASE_MODELS_CACHE": False,
    }
