"""Putting together what knows the models."""

from dataclasses import dataclass

from api.config.fetching import FetchingSettings
from api.config.live import LiveSettings
from api.config.places import SHIPPED
from api.db.connection import Database
from api.execution import Execution
from api.fetching.calls import Caller
from api.observability.recorder import Recorder
from api.secrets import Cipher, SecretKey
from api.services.models.catalogue import Catalogue
from api.services.models.connections import ConnectionService
from api.services.models.embedding import EmbeddingService
from api.services.models.models import ModelService
from api.services.models.providers import ProviderService
from api.services.models.relays import RelayService
from api.services.models.reranking import RerankService
from api.services.models.trials import TrialService

INTERNAL = FetchingSettings(internal=True)
"""Who may name which address is looked at before an endpoint is asked."""


@dataclass(frozen=True, slots=True)
class ModelServices:
    """Models by name, the providers whose models a tenant has keys for, and what is asked of them.

    Relays hand conversations to chat models as they are.
    """

    models: ModelService
    providers: ProviderService
    connections: ConnectionService
    embedding: EmbeddingService
    reranking: RerankService
    relays: RelayService
    trials: TrialService


def build_models(
    database: Database,
    live: LiveSettings,
    secret: SecretKey,
    recorder: Recorder,
    execution: Execution,
) -> ModelServices:
    """Compose the services of models; keys of providers are kept encrypted with `secret`."""
    catalogue = Catalogue(SHIPPED / "conf" / "llm_factories.json")
    cipher = Cipher(secret)
    models = ModelService(database, lambda: live.current.models, catalogue, cipher, recorder)
    providers = ProviderService(database, lambda: live.current.models, catalogue, cipher)
    return ModelServices(
        models=models,
        providers=providers,
        connections=ConnectionService(
            database,
            providers,
            Caller(lambda: INTERNAL),
            lambda: live.current.models.context_tokens,
        ),
        embedding=EmbeddingService(models, execution),
        reranking=RerankService(models, execution),
        relays=RelayService(models, providers),
        trials=TrialService(models, providers, execution),
    )
