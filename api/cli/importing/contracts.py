"""The two contracts of RAGFlow's REST API, as far as a server that is read differs in them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

MODELS = frozenset({"embedding_model", "llm_id", "rerank_id"})
"""Fields that name models."""


@dataclass(frozen=True, slots=True)
class SourceContract:
    """How a server tells of its things; `model` makes `model@Provider` of a model's name."""

    name: str
    model: Callable[[str], str]

    def fields(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is told of a thing, with the names of models as they are here."""
        named = {key: self.model(str(item[key])) for key in MODELS if item.get(key)}
        return {**item, **named}


def without_instance(name: str) -> str:
    """Return `model@Provider` of `model@instance@Provider`; a shorter name stays."""
    model, instance, provider = name.rsplit("@", 2) if name.count("@") > 1 else (name, "", "")
    return f"{model}@{provider}" if instance else name


CLASSIC = SourceContract("classic", str)
REST = SourceContract("rest", without_instance)


def contract_of(chats: object) -> SourceContract:
    """Return the contract of a server by its list of assistants: a list, or an object with one."""
    return REST if isinstance(chats, Mapping) else CLASSIC
