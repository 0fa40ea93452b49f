"""Trying a model before it is relied on: what it takes to answer, or what is wrong with it."""

import threading
import time
from collections.abc import Callable

from api.errors import ArgumentError, RaglanError
from api.execution import Execution
from api.services.accounts.records import Principal
from api.services.models.models import Endpoint, ModelService
from api.services.models.providers import ProviderService
from api.services.models.records import Trial
from api.services.models.values import NewModel
from rag.errors import ModelError, RagError
from rag.llm.base import GenerationOptions, ModelType, calling
from rag.llm.turns import ranked
from rag.types import Message, Role

PATIENCE = 15.0
"""Seconds after which a trial is over; what is still under way then ends by its own limits."""

SILENCE = 10.0
"""Seconds that an endpoint may be silent in a trial, and for which a chat model may talk."""

FEW_TOKENS = GenerationOptions(max_tokens=16)
GREETING = [Message(Role.USER, "Say hello.")]
QUESTION = "Where is the lamp?"
TEXTS = ["The lamp stands by the door.", "Ships sail at dawn."]


class TrialService:
    """Asks a model something short, once."""

    def __init__(
        self, models: ModelService, providers: ProviderService, execution: Execution
    ) -> None:
        """Initialize with the parts."""
        self.models = models
        self.providers = providers
        self.execution = execution

    def stored(self, asker: Principal, name: str, kind: ModelType) -> Trial:
        """Try a model that the asker may use; raises ArgumentError for any other."""
        return self.tried(self.models.access(asker.tenant_id, name, kind), kind)

    def new(self, asker: Principal, wanted: NewModel) -> Trial:
        """Try a model as it would be added, of which nothing is kept.

        Raises ArgumentError, or NotAllowedError for an address that is not for everybody.
        """
        provider = self.providers.external(wanted.provider)
        self.providers.check_address(asker, provider, wanted.base_url)
        address = wanted.base_url or provider.base_url
        endpoint = Endpoint("openai", wanted.name, address, wanted.api_key)
        return self.tried(endpoint, wanted.type)

    def tried(self, endpoint: Endpoint, kind: ModelType) -> Trial:
        """Return what comes of asking, within PATIENCE."""
        if kind == "chat" and endpoint.kind == "builtin":
            return Trial(0.0)  # its answers are made of passages: there is nobody to ask
        asking = Asking({"chat": self.talk, "embedding": self.embed, "rerank": self.rank}[kind])
        return asking.about(endpoint)

    def talk(self, endpoint: Endpoint) -> int:
        """Let a chat model begin an answer; return 0."""
        model = self.models.metered_chat_model(endpoint, SILENCE, SILENCE)
        answer = model.stream(GREETING, FEW_TOKENS)
        if next(answer, None) is None:
            raise ModelError(f"The model {endpoint.model} answers nothing.")
        return 0

    def embed(self, endpoint: Endpoint) -> int:
        """Let an embedding model embed a question; return the dimensions of its vector."""
        model = self.models.metered_embedder(endpoint, SILENCE)
        call = calling(model, self.execution.offload, [QUESTION])
        return int(call(model.embed_query, QUESTION).shape[0])

    def rank(self, endpoint: Endpoint) -> int:
        """Let a rerank model rank two texts; return 0."""
        model = self.models.metered_reranker(endpoint, SILENCE)
        ranked(model, self.execution.offload, QUESTION, TEXTS)
        return 0


class Asking:
    """One trial, in a thread of its own, as an endpoint may keep it waiting in many ways."""

    def __init__(self, ask: Callable[[Endpoint], int]) -> None:
        """Initialize with what asks an endpoint and returns the dimensions, or 0."""
        self.ask = ask
        self.found = Trial(PATIENCE * 1000, error=f"No answer within {PATIENCE:g} s.")

    def about(self, endpoint: Endpoint) -> Trial:
        """Return what came of it."""
        thread = threading.Thread(target=self.run, args=(endpoint,), name="trial", daemon=True)
        thread.start()
        thread.join(PATIENCE)
        return self.found

    def run(self, endpoint: Endpoint) -> None:
        """Ask, and note what came of it."""
        begun = time.perf_counter()
        dimensions, error = 0, ""
        try:
            dimensions = self.ask(endpoint)
        except (ArgumentError, RaglanError, RagError) as failed:
            error = str(failed)
        took = round((time.perf_counter() - begun) * 1000, 1)
        self.found = Trial(took, dimensions, error)
