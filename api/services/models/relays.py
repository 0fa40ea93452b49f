"""Conversations that are handed to chat models as they are, for those who need no passages."""

from collections.abc import Iterator

from api.errors import RuleError, UnavailableError
from api.services.accounts.records import Principal
from api.services.models.models import ModelService
from api.services.models.providers import ProviderService
from rag.errors import EndpointRefusalError, ModelError
from rag.llm.base import Json

ABOUT_THE_REQUEST = frozenset({400, 404, 413, 415, 422})
"""Statuses of an endpoint that say what is wrong with the conversation; others are about us."""


class RelayService:
    """Hands conversations on, and tells which models take them."""

    def __init__(self, models: ModelService, providers: ProviderService) -> None:
        """Initialize with the parts."""
        self.models = models
        self.providers = providers

    def names(self, asker: Principal) -> list[str]:
        """Return the names of the models that take conversations, that of the settings first."""
        server_wide = self.models.server_wide("chat")
        first = [self.models.server_wide_name("chat")] if server_wide else []
        found = self.providers.available(asker, "chat")
        others = [
            f"{model.name}@{provider}"
            for provider, models in found.items()
            if self.providers.catalogue.providers[provider].kind != "builtin"
            for model in models
        ]
        return list(dict.fromkeys([*first, *others]))

    def complete(self, asker: Principal, model: str, conversation: Json) -> Json:
        """Return a model's whole answer; raises RuleError with what it says it cannot do."""
        relay = self.models.relay(asker.tenant_id, model)
        try:
            return relay.complete(conversation)
        except EndpointRefusalError as error:
            kind = RuleError if error.status in ABOUT_THE_REQUEST else UnavailableError
            raise kind(str(error)) from error
        except ModelError as error:
            raise UnavailableError(str(error)) from error

    def events(self, asker: Principal, model: str, conversation: Json) -> Iterator[Json]:
        """Return the events of a model's answer, which is made while they are read."""
        return self.models.relay(asker.tenant_id, model).events(conversation)
