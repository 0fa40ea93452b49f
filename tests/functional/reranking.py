"""Letting a server of the tests rank by a model endpoint of the tests."""

from pydantic import SecretStr

from api.container import Services
from tests.model_endpoint import ModelEndpoint

MODEL = "ranker@Endpoint"


def let_rank(services: Services, endpoint: ModelEndpoint) -> None:
    """Name the endpoint's model in the settings as the rerank model of all tenants."""
    settings = services.live.current
    models = settings.models.model_copy(
        update={
            "rerank_model": MODEL,
            "rerank_base_url": endpoint.url,
            "rerank_api_key": SecretStr("key"),
        }
    )
    services.live.take(settings.model_copy(update={"models": models}))
