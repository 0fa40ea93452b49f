"""Answers with the passages that they cite, as RAGFlow's web pages read them, at all doors."""

import time
from collections import Counter
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing

from typing_extensions import TypedDict

from api.services.chats.records import AnswerRecord, Passage, Reply, Sources
from rag.engines.base import DocumentCount


class OtherPlaceAnswer(TypedDict):
    """Where else the words of a passage stand."""

    id: str
    document_id: str
    document_name: str
    document_path: str
    dataset_id: str


class PassageAnswer(TypedDict):
    """A passage that an answer may cite."""

    id: str
    content: str
    document_id: str
    document_name: str
    document_path: str
    dataset_id: str
    image_id: str
    positions: list[list[int]]
    headings: list[str]
    url: None
    doc_type: str
    similarity: float
    vector_similarity: float
    term_similarity: float
    duplicates: list[OtherPlaceAnswer]


class DocumentCountAnswer(TypedDict):
    """How many of the passages that were found a document has."""

    doc_id: str
    doc_name: str
    count: int
    url: None


class ReferenceAnswer(TypedDict):
    """What an answer rests on; a marker `[ID:i]` in it is an index into `chunks`."""

    total: int
    chunks: list[PassageAnswer]
    doc_aggs: list[DocumentCountAnswer]


class AnswerData(TypedDict):
    """An answer as far as it has come; `reference` is empty before the end."""

    answer: str
    reference: ReferenceAnswer | dict[str, str]
    audio_binary: None
    prompt: str
    created_at: float
    id: str | None
    session_id: str


class AnswerFrame(TypedDict):
    """A frame of the stream of an answer."""

    code: int
    message: str
    data: AnswerData


def answer_frames(reply: Reply, *, telling: bool = True) -> Generator[Mapping[str, object]]:
    """Yield a frame for each part: the answer so far, last with its reference.

    Closing this ends the making of the answer. It is told what the model was told, unless not
    `telling`: whoever sees a page that anybody may see need not read that.
    """
    reasoning = text = ""
    with closing(reply.parts):
        for part in reply.parts:
            if isinstance(part, AnswerRecord):
                yield frame(present_answer(reply, part, telling=telling))
                continue
            reasoning += part.reasoning
            text += part.content
            yield frame(answer_data(reply, shown_answer(reasoning, text)))


def frame(data: AnswerData) -> AnswerFrame:
    """Return a frame of a stream."""
    return {"code": 0, "message": "", "data": data}


def present_answer(reply: Reply, answer: AnswerRecord, *, telling: bool = True) -> AnswerData:
    """Return a whole answer, with what the model was told if `telling`."""
    data = answer_data(reply, shown_answer(answer.reasoning, answer.text))
    data["prompt"] = answer.prompt if telling else ""
    if answer.sources:
        data["reference"] = present_sources(answer.sources)
    return data


def answer_data(reply: Reply, answer: str) -> AnswerData:
    """Return an answer as far as it has come."""
    return {
        "answer": answer,
        "reference": {},
        "audio_binary": None,
        "prompt": "",
        "created_at": time.time(),
        "id": reply.message_id,
        "session_id": reply.session_id,
    }


def shown_answer(reasoning: str, text: str) -> str:
    """Return an answer as the pages show it: thinking first, in its tags."""
    return f"<think>{reasoning}</think>{text}" if reasoning else text


def present_sources(sources: Sources) -> ReferenceAnswer:
    """Return what a new answer rests on."""
    return {
        "total": sources.total,
        "chunks": [present_passage(passage) for passage in sources.passages],
        "doc_aggs": [present_count(document) for document in sources.documents],
    }


def present_passages(passages: Iterable[Passage]) -> ReferenceAnswer:
    """Return what an earlier answer rests on, of which the passages are kept."""
    chunks = [present_passage(passage) for passage in passages]
    counts = Counter((chunk["document_id"], chunk["document_name"]) for chunk in chunks)
    return {
        "total": len(chunks),
        "chunks": chunks,
        "doc_aggs": [present_count(DocumentCount(*key, many)) for key, many in counts.items()],
    }


def present_count(document: DocumentCount) -> DocumentCountAnswer:
    """Return how many of the passages a document has."""
    return {
        "doc_id": document.document_id,
        "doc_name": document.document_name,
        "count": document.count,
        "url": None,
    }


def present_passage(passage: Passage) -> PassageAnswer:
    """Return a passage that an answer may cite."""
    return {
        "id": passage.id,
        "content": passage.content,
        "document_id": passage.document_id,
        "document_name": passage.document_name,
        "document_path": passage.document_path,
        "dataset_id": passage.dataset_id,
        "image_id": passage.image_id,
        "positions": passage.positions,
        "headings": passage.headings,
        "url": None,
        "doc_type": "",
        "similarity": passage.similarity,
        "vector_similarity": passage.vector_similarity,
        "term_similarity": passage.term_similarity,
        "duplicates": [
            {
                "id": other.id,
                "document_id": other.document_id,
                "document_name": other.document_name,
                "document_path": other.document_path,
                "dataset_id": other.dataset_id,
            }
            for other in passage.duplicates
        ],
    }
