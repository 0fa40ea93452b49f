"""Answering a question from an assistant's datasets: retrieval, prompt and model, composed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from api.errors import RuleError, UnavailableError
from api.schemas.base import MAX_PAGE_SIZE
from api.schemas.sdk.completion import reference_object
from api.services.chats.chats import ChatModels
from api.services.search.retrieval import NOTHING, RetrievalService, Search
from rag.engines.base import MetadataCondition, SearchResult
from rag.engines.defaults import MOST_TOP_K
from rag.errors import MissingVariableError, ModelError
from rag.generation.answer import AnswerRequest, AnswerStream, AnswerTools
from rag.generation.prompt import PromptTemplate, PromptVariable
from rag.llm.base import GenerationOptions
from rag.retrieval.retriever import RetrievalOptions
from rag.types import Message

T = TypeVar("T")

RANGES: Mapping[str, tuple[float, float]] = {
    "temperature": (0.0, 2.0),
    "top_p": (0.01, 1.0),
    "presence_penalty": (-2.0, 2.0),
    "frequency_penalty": (-2.0, 2.0),
}
"""What endpoints accept; assistants keep what they are given, as classic clients expect."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question with what came before it; `options` overrides the assistant's, by name."""

    question: str
    history: tuple[Message, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    condition: MetadataCondition | None = None


@dataclass(frozen=True, slots=True)
class Answering:
    """An answer that is about to be made, and the passages that it may cite."""

    stream: AnswerStream
    found: SearchResult
    quoting: bool

    @property
    def text(self) -> str:
        """Return the answer so far as classic clients show it: thinking first, in its tags."""
        answer = self.stream.answer
        thinking = f"<think>{answer.reasoning}</think>" if answer.reasoning else ""
        return thinking + answer.text

    @property
    def reference(self) -> dict[str, Any]:
        """Return the passages in the order of their `[ID:i]`, unless quotes are switched off."""
        return reference_object(self.found) if self.quoting else {}

    @property
    def prompt(self) -> str:
        """Return what the model was told before the conversation."""
        return self.stream.prompt.messages[0].content


class AnsweringService:
    """Makes answers; `citing` tells a model how to cite."""

    def __init__(
        self,
        retrieval: RetrievalService,
        models: ChatModels,
        tools: AnswerTools,
        citing: str,
    ) -> None:
        """Remember the parts."""
        self.retrieval = retrieval
        self.models = models
        self.tools = tools
        self.citing = citing

    def begin(self, assistant: Mapping[str, Any], inquiry: Inquiry) -> Answering:
        """Find passages and build the prompt; the model is asked when the answer is read.

        `assistant` is what `ChatService.assistant` returns. No database connection is held when
        this returns.
        """
        prompt, tenant_id = assistant["prompt"], assistant["tenant_id"]
        found = self.find(assistant, inquiry)
        name = assistant["llm"]["model_name"] or self.models.default_chat(tenant_id)
        model = self.models.chat_model(tenant_id, name) if name else None
        quoting = bool(prompt["show_quote"])
        request = AnswerRequest(
            question=inquiry.question,
            template=template(prompt, self.citing if quoting else ""),
            history=inquiry.history,
            hits=found.hits,
            values=inquiry.variables,
            empty_response=(prompt["empty_response"] or "") if assistant["dataset_ids"] else "",
            options=generation_options({**assistant["llm"], **inquiry.options}),
            window=self.models.context_tokens(tenant_id, name),
            cite_missing=quoting,
        )
        try:
            return Answering(AnswerStream(request, model, self.tools), found, quoting)
        except MissingVariableError as error:
            raise RuleError(str(error)) from error

    def find(self, assistant: Mapping[str, Any], inquiry: Inquiry) -> SearchResult:
        """Return the passages for a question; those of datasets that are gone are not missed."""
        if not assistant["dataset_ids"]:
            return NOTHING
        options = RetrievalOptions(
            vector_weight=assistant["vector_similarity_weight"],
            threshold=assistant["similarity_threshold"],
            top_k=min(max(assistant["top_k"], 1), MOST_TOP_K),
            limit=min(max(assistant["top_n"], 1), MAX_PAGE_SIZE),
            condition=inquiry.condition,
        )
        search = Search(inquiry.question, tuple(assistant["dataset_ids"]), options)
        return self.retrieval.search(assistant["tenant_id"], search, missing_ok=True)


def template(prompt: Mapping[str, Any], citing: str) -> PromptTemplate:
    """Return an assistant's prompt as the engine knows it."""
    variables = (PromptVariable(item["key"], item["optional"]) for item in prompt["variables"])
    return PromptTemplate(prompt["prompt"], tuple(variables), citing)


def generation_options(llm: Mapping[str, Any]) -> GenerationOptions:
    """Return settings in the ranges that endpoints accept; no room for an answer means any."""
    clamped = {
        name: min(max(llm[name], least), most)
        for name, (least, most) in RANGES.items()
        if llm.get(name) is not None
    }
    most_tokens = llm.get("max_tokens") or 0
    return GenerationOptions(**clamped, max_tokens=most_tokens if most_tokens > 0 else None)


def read_whole(answers: Iterator[T]) -> T:
    """Return the last of an answer's states; raises UnavailableError if the model fails."""
    try:
        *_, last = answers
    except ModelError as error:
        raise UnavailableError(str(error)) from error
    return last
