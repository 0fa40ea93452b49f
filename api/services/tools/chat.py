"""Chat models that use tools, in the place of those that assistants answer by."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict

from api.errors import RuleError
from api.services.models.models import ModelService
from api.services.plugins.filtering import Filters
from api.services.tools.calling import CallingService
from api.services.tools.records import Use
from api.services.tools.toolbox import Toolbox
from rag.llm.base import ChatModel, Delta, GenerationOptions, Json, Relay
from rag.llm.deltas import Pieces
from rag.types import Message


class ToolingChat:
    """A model that may use tools; each use stands beside the pieces of its answer."""

    def __init__(
        self,
        relay: Relay,
        calling: CallingService,
        toolbox: Toolbox | None,
        filters: Filters | None,
    ) -> None:
        """Initialize with what asks the model, the tools, and what changes its answer."""
        self.ask = filters.through(relay.events) if filters else relay.events
        self.name = relay.name
        self.calling = calling
        self.toolbox = toolbox

    def stream(self, messages: Sequence[Message], options: GenerationOptions) -> Iterator[Delta]:
        """Yield the answer as it is made; closing the iterator ends the call at once."""
        chosen = {key: value for key, value in asdict(options).items() if value is not None}
        conversation = {
            **chosen,
            "model": self.name,
            "messages": [{"role": one.role.value, "content": one.content} for one in messages],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        events = self.calling.events(self.ask, conversation, self.toolbox)
        with closing(events):
            yield from deltas(events)


def models_with(
    models: ModelService,
    calling: CallingService,
    toolbox: Toolbox | None,
    filters: Filters | None = None,
) -> Callable[[str, str], ChatModel]:
    """Return what finds a model that uses tools, for a tenant by its name."""

    def found(tenant_id: str, name: str) -> ChatModel:
        if not name:
            raise RuleError("There is no chat model here that could use tools.")
        return ToolingChat(models.relay(tenant_id, name), calling, toolbox, filters)

    return found


def deltas(events: Iterator[Json | Use]) -> Iterator[Delta]:
    """Yield the pieces of an answer from the events of a model, each use of a tool beside them."""
    pieces = Pieces()
    for event in events:
        yield Delta(aside=event) if isinstance(event, Use) else pieces.of(event)
