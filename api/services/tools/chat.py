"""Chat models that use tools, in the place of those that assistants answer by."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, replace

from api.errors import RuleError
from api.services.models.models import ModelService
from api.services.tools.calling import CallingService
from api.services.tools.records import Use
from api.services.tools.toolbox import Toolbox
from rag.llm.base import ChatModel, Delta, GenerationOptions, Json, Relay, Usage
from rag.llm.characters import Characters
from rag.types import Message


class ToolingChat:
    """A model that may use tools; each use stands beside the pieces of its answer."""

    def __init__(self, relay: Relay, calling: CallingService, toolbox: Toolbox) -> None:
        """Initialize with what asks the model, and the tools."""
        self.name = relay.name
        self.relay = relay
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
        events = self.calling.events(self.relay.events, conversation, self.toolbox)
        with closing(events):
            yield from deltas(events)


def models_with(
    models: ModelService, calling: CallingService, toolbox: Toolbox
) -> Callable[[str, str], ChatModel]:
    """Return what finds a model that uses tools, for a tenant by its name."""

    def found(tenant_id: str, name: str) -> ChatModel:
        if not name:
            raise RuleError("There is no chat model here that could use tools.")
        return ToolingChat(models.relay(tenant_id, name), calling, toolbox)

    return found


def deltas(events: Iterator[Json | Use]) -> Iterator[Delta]:
    """Yield the pieces of an answer from the events of a model, whose characters are whole."""
    content, reasoning = Characters(), Characters()
    for event in events:
        if isinstance(event, Use):
            yield Delta(aside=event)
        else:
            piece = delta_of(event)
            text, thought = content.add(piece.content), reasoning.add(piece.reasoning)
            yield replace(piece, content=text, reasoning=thought)


def delta_of(event: Json) -> Delta:
    """Return a piece of an answer from an event of a model."""
    choices = event.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else {}
    delta = (first.get("delta") if isinstance(first, Mapping) else None) or {}
    usage = event.get("usage")
    return Delta(
        content=str(delta.get("content") or ""),
        reasoning=str(delta.get("reasoning_content") or delta.get("reasoning") or ""),
        usage=Usage(int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0))
        if isinstance(usage, dict)
        else None,
    )
