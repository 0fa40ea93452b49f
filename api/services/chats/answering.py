"""Answering a question from an assistant's datasets: retrieval, prompt and model, composed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import TypeVar

from api.errors import RuleError, UnavailableError
from api.services.accounts.records import Principal
from api.services.chats.filters import both, condition_of
from api.services.chats.models import ChatModels
from api.services.chats.records import (
    AnswerRecord,
    AssistantRecord,
    Generation,
    OtherPlace,
    Passage,
    Prompting,
    Sources,
    Variable,
    context_of,
    filter_of,
    is_refined,
    steps_of,
)
from api.services.chats.values import GenerationChanges, Inquiry, with_given
from api.services.search.retrieval import NOTHING, RetrievalService
from api.services.search.values import Search, Steps
from api.services.unset import UNSET
from rag.engines.base import Hit, SearchResult
from rag.engines.defaults import MOST_TOP_K
from rag.errors import MissingVariableError, ModelError
from rag.generation.answer import AnswerRequest, AnswerStream, AnswerTools
from rag.generation.prompt import KNOWLEDGE, PromptTemplate, PromptVariable
from rag.llm.base import ChatModel, Delta, GenerationOptions
from rag.types import Role

R = TypeVar("R")

PLAIN = "instructions"
"""The variable of what a model is told that answers for no assistant."""

TOLD = "instructions of the request"
"""The variable that holds what a request adds to the prompt of an assistant."""

MOST_PASSAGES = 1024
"""The most passages that an answer may draw on, whatever its assistant says."""

RANGES: Mapping[str, tuple[float, float]] = {
    "temperature": (0.0, 2.0),
    "top_p": (0.01, 1.0),
    "presence_penalty": (-2.0, 2.0),
    "frequency_penalty": (-2.0, 2.0),
}
"""What endpoints accept; assistants keep what they are given, as classic clients expect."""


@dataclass(frozen=True, slots=True)
class Answering:
    """An answer that is about to be made, and the passages that it may cite."""

    stream: AnswerStream
    found: SearchResult
    quoting: bool

    def record(self) -> AnswerRecord:
        """Return the answer as far as it has come; its sources unless quotes are switched off."""
        answer, asked = self.stream.answer, self.stream.prompt.messages
        return AnswerRecord(
            answer.text,
            answer.reasoning,
            asked[0].content if asked[0].role is Role.SYSTEM else "",
            sources_of(self.found) if self.quoting else None,
            answer.usage,
        )


class AnsweringService:
    """Makes answers; `citing` tells a model how to cite, `reading` how to use passages."""

    def __init__(
        self,
        retrieval: RetrievalService,
        models: ChatModels,
        tools: AnswerTools,
        citing: str,
        reading: str,
    ) -> None:
        """Initialize with the parts."""
        self.retrieval = retrieval
        self.models = models
        self.tools = tools
        self.citing = citing
        self.reading = reading

    def begin(self, asker: Principal, assistant: AssistantRecord, inquiry: Inquiry) -> Answering:
        """Find passages and build the prompt; the model is asked when the answer is read.

        No database connection is held when this returns.
        """
        prompting, tenant_id = told(assistant.prompting, inquiry), assistant.tenant_id
        quoting = prompting.show_quote and inquiry.quoting
        found = self.find(asker, assistant, inquiry)
        generation = with_given(assistant.generation, inquiry.generation)
        name = generation.model_name or self.models.default_chat(tenant_id)
        model = self.model(tenant_id, name, inquiry)
        request = AnswerRequest(
            question=inquiry.question,
            template=template(prompting, self.citing if quoting else ""),
            history=inquiry.history,
            hits=found.hits,
            values={**inquiry.variables, TOLD: inquiry.instructions},
            empty_response=(prompting.empty_response or "") if assistant.dataset_ids else "",
            options=of_model(generation_options(generation), inquiry),
            window=self.models.context_tokens(tenant_id, name),
            cite_missing=quoting,
        )
        try:
            stream = AnswerStream(request, model, self.tools)
        except MissingVariableError as error:
            raise RuleError(str(error)) from error
        return Answering(stream, found, quoting)

    def model(self, tenant_id: str, name: str, inquiry: Inquiry) -> ChatModel | None:
        """Return what answers a question: the model of a name, or what the question has for it."""
        if inquiry.models:
            return inquiry.models(tenant_id, name)
        return self.models.chat_model(tenant_id, name) if name else None

    def begin_plain(
        self, asker: Principal, name: str, inquiry: Inquiry, search: Search | None
    ) -> Answering:
        """Ask a model by name, with the passages that a search finds if there is one.

        The model is told the inquiry's instructions, and how to use passages; what the inquiry does
        not say of the way to answer is left to the model. Raises NotFoundError for a
        dataset that is not there.
        """
        name = name or self.models.default_chat(asker.tenant_id)
        model = self.models.chat_model(asker.tenant_id, name) if name else None
        found = self.retrieval.search(asker, search) if search else NOTHING
        text = f"{{{PLAIN}}}\n\n{self.reading}" if search else f"{{{PLAIN}}}"
        variables = (PromptVariable(KNOWLEDGE), PromptVariable(PLAIN))
        request = AnswerRequest(
            question=inquiry.question,
            template=PromptTemplate(text, variables, self.citing if search else ""),
            history=inquiry.history,
            hits=found.hits,
            values={**inquiry.variables, PLAIN: inquiry.instructions},
            options=of_model(plain_options(inquiry.generation), inquiry),
            window=self.models.context_tokens(asker.tenant_id, name),
            cite_missing=search is not None,
        )
        return Answering(AnswerStream(request, model, self.tools), found, quoting=bool(search))

    def find(self, asker: Principal, assistant: AssistantRecord, inquiry: Inquiry) -> SearchResult:
        """Return the passages for a question; those of datasets that are gone are not missed."""
        if not assistant.dataset_ids:
            return NOTHING
        search = Search(
            inquiry.question,
            assistant.dataset_ids,
            limit=min(max(assistant.top_n, 1), MOST_PASSAGES),
            document_ids=inquiry.document_ids,
            condition=both(inquiry.condition, condition_of(filter_of(assistant.prompting))),
            threshold=assistant.threshold,
            vector_weight=assistant.vector_weight,
            top_k=min(max(assistant.top_k, 1), MOST_TOP_K),
            reranker=assistant.reranker,
            steps=self.steps_for(assistant, inquiry),
            context=context_of(assistant.prompting),
        )
        found = self.retrieval.search(assistant.reader or asker, search, missing_ok=True)
        if inquiry.document_ids and not found.hits:
            self.retrieval.check_parsed(inquiry.document_ids)
        return found

    def steps_for(self, assistant: AssistantRecord, inquiry: Inquiry) -> Steps:
        """Return what the assistant's model is to do with a question first."""
        generation = with_given(assistant.generation, inquiry.generation)
        said = any(turn.role is Role.USER for turn in inquiry.history)
        turns = inquiry.history if said and is_refined(assistant.prompting) else ()
        steps = steps_of(assistant.prompting)
        return replace(steps, turns=turns, model=generation.model_name)


def told(prompting: Prompting, inquiry: Inquiry) -> Prompting:
    """Return the texts of an assistant whose prompt ends with what a request says, if it does."""
    prompting = prompting._replace(text=filled(prompting.text, inquiry.fills))
    if not inquiry.instructions.strip():
        return prompting
    variables = (*prompting.variables, Variable(TOLD))
    return prompting._replace(text=f"{prompting.text}\n\n{{{TOLD}}}", variables=variables)


def filled(text: str, fills: Mapping[str, str]) -> str:
    """Return a text with what stands for some texts in it."""
    for name, value in fills.items():
        text = text.replace(name, value)
    return text


def of_model(options: GenerationOptions, inquiry: Inquiry) -> GenerationOptions:
    """Return how to answer with what of a question is for the model as it is."""
    return replace(options, stop=inquiry.stop or None, seed=inquiry.seed)


def template(prompting: Prompting, citing: str) -> PromptTemplate:
    """Return an assistant's prompt as the engine knows it."""
    variables = (PromptVariable(item.key, item.optional) for item in prompting.variables)
    return PromptTemplate(prompting.text, tuple(variables), citing)


def generation_options(generation: Generation) -> GenerationOptions:
    """Return settings in the ranges that endpoints accept; no room for an answer means any."""
    clamped = {
        name: min(max(getattr(generation, name), least), most)
        for name, (least, most) in RANGES.items()
    }
    most_tokens = generation.max_tokens
    return GenerationOptions(**clamped, max_tokens=most_tokens if most_tokens > 0 else None)


def plain_options(given: GenerationChanges) -> GenerationOptions:
    """Return what is given of the way to answer; the rest is the model's own."""
    values = {item.name: getattr(given, item.name, UNSET) for item in fields(GenerationOptions)}
    return GenerationOptions(
        **{name: value for name, value in values.items() if value is not UNSET}
    )


def sources_of(found: SearchResult) -> Sources:
    """Return what a search found as answers keep it."""
    return Sources(found.total, tuple(passage_of(hit) for hit in found.hits), found.documents)


def passage_of(hit: Hit) -> Passage:
    """Return a hit as answers keep it."""
    chunk = hit.chunk
    return Passage(
        id=chunk.id,
        content=chunk.content,
        document_id=chunk.document_id,
        document_name=hit.document_name,
        document_path=hit.document_path,
        duplicates=tuple(
            OtherPlace(
                other.chunk_id,
                other.document_id,
                other.document_name,
                other.document_path,
                other.dataset_id,
            )
            for other in hit.duplicates
        ),
        dataset_id=chunk.dataset_id,
        image_id=chunk.image_id,
        positions=[position.as_list() for position in chunk.positions],
        headings=list(chunk.headings),
        similarity=hit.similarity,
        vector_similarity=hit.vector_similarity,
        term_similarity=hit.term_similarity,
    )


def read_whole(parts: Iterator[Delta | R], kind: type[R]) -> R:
    """Return what parts end with; raises UnavailableError if the model fails."""
    try:
        [whole] = (part for part in parts if isinstance(part, kind))
    except ModelError as error:
        raise UnavailableError(str(error)) from error
    return whole
