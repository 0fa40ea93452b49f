"""Letting a server of the tests talk to a model endpoint of the tests."""

from pydantic import SecretStr

from api.config.settings import Settings
from tests.model_endpoint import ModelEndpoint, Reply, event, stream

DONE = b"data: [DONE]\n\n"


def said(*words: str) -> Reply:
    """Return a reply that says words one by one."""
    return stream(*(event(content=word) for word in words), DONE)


def talking_to(settings: Settings, endpoint: ModelEndpoint) -> Settings:
    """Return settings under which assistants use the endpoint's model by default."""
    models = settings.models.model_copy(
        update={
            "chat_model": "talker@Endpoint",
            "chat_base_url": endpoint.url,
            "chat_api_key": SecretStr("key"),
        }
    )
    return settings.model_copy(update={"models": models})
