"""Questions to an assistant and its answers on the wire."""

from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, Field

from api.schemas.base import MAX_TEXT, LenientFlag, NullFreeRequest
from api.schemas.sdk.retrieval import MAX_QUESTION, document_counts, duplicates_of
from api.schemas.sdk.session import UserId
from rag.engines.base import Hit, SearchResult
from rag.quoting import quoted


class CompletionRequest(NullFreeRequest):
    """A question; keys beside these fill the variables of the assistant's prompt.

    Without `session_id`, a session is started and answered with the assistant's opener.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    question: str = Field("", max_length=MAX_QUESTION)
    stream: LenientFlag = True
    session_id: str = ""
    user_id: UserId = ""

    @property
    def variables(self) -> dict[str, str]:
        """Return the values for variables of the prompt."""
        return {key: quoted(value, MAX_TEXT) for key, value in (self.model_extra or {}).items()}


def answer_object(
    answer: str,
    reference: Mapping[str, Any],
    *,
    message_id: str | None,
    session_id: str,
    **beside: object,
) -> dict[str, Any]:
    """Return an answer, or what there is of it so far, as an event carries it."""
    return {
        "answer": answer,
        "reference": reference,
        "audio_binary": None,
        **beside,
        "id": message_id,
        "session_id": session_id,
    }


def reference_object(found: SearchResult) -> dict[str, Any]:
    """Return the passages that an answer may cite; a marker `[ID:i]` is an index into `chunks`."""
    return {
        "total": found.total,
        "chunks": [reference_chunk(hit) for hit in found.hits],
        "doc_aggs": document_counts(found),
    }


def reference_chunk(hit: Hit) -> dict[str, Any]:
    """Return a passage as answers and sessions show it."""
    chunk = hit.chunk
    return {
        "id": chunk.id,
        "content": chunk.content,
        "document_id": chunk.document_id,
        "document_name": hit.document_name,
        "document_path": hit.document_path,
        "duplicates": duplicates_of(hit),
        "dataset_id": chunk.dataset_id,
        "image_id": chunk.image_id,
        "positions": [position.as_list() for position in chunk.positions],
        "url": None,
        "similarity": hit.similarity,
        "vector_similarity": hit.vector_similarity,
        "term_similarity": hit.term_similarity,
        "doc_type": "",
    }
