"""Answers of assistants as the front end shows them: with the sources that their words name."""

import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from api.services.chats.answering import Answering, sources_of
from api.services.chats.records import AnswerRecord, Parts, Passage
from api.services.chats.values import Inquiry
from api.services.stores.knowledge_records import GatheredFile
from api.services.stores.knowledge_records import Passage as GatheredPassage
from api.services.unset import UNSET
from api.services.webui.grounding import source_of
from api.services.webui.model_records import Helper
from api.services.webui.records import Grounds
from rag.llm.base import Delta

MARKER = re.compile(r"\[ID:(\d+)\]")
"""What an assistant names a passage by, which is always whole in a piece of its answer."""


def by_settings(helper: Helper, inquiry: Inquiry) -> Inquiry:
    """Return a question with what is kept beside an assistant, where it says nothing else."""
    seed = helper.seed if inquiry.seed is None else inquiry.seed
    generation = inquiry.generation
    given: Mapping[str, Any] = {
        name: value
        for name, value in helper.unsaid.items()
        if getattr(generation, name, None) is UNSET
    }
    generation = replace(generation, **given)
    return replace(inquiry, seed=seed, stop=inquiry.stop or helper.stop, generation=generation)


def with_sources(
    answering: Answering, parts: Parts, given: Grounds | None
) -> tuple[Grounds | None, Parts]:
    """Return what an answer rests on beside what is given, if anything, and the answer.

    Markers of its passages are the numbers of their sources there, by which clients link them.
    """
    files, places = cited_files(answering)
    before = given.sources if given else ()
    told = renumbered(parts, [len(before) + place for place in places])
    if not (given or files):
        return None, told
    remarks = given.remarks if given else ()
    searched = bool(files) or given is None or given.is_searched
    sources, queries = (*before, *map(source_of, files)), given.queries if given else ()
    return Grounds(sources, remarks, "", searched, queries), told


def cited_files(answering: Answering) -> tuple[list[GatheredFile], list[int]]:
    """Return the files whose passages an answer may cite, and for each passage which it is of.

    Files count from 1. There are none where an answer names no sources.
    """
    passages = sources_of(answering.found).passages if answering.quoting else ()
    by_document: dict[str, list[Passage]] = {}
    for one in passages:
        by_document.setdefault(one.document_id, []).append(one)
    order = {document_id: number for number, document_id in enumerate(by_document, 1)}
    files = [file_of(many) for many in by_document.values()]
    return files, [order[one.document_id] for one in passages]


def file_of(passages: Sequence[Passage]) -> GatheredFile:
    """Return a file with those of its passages that an answer may cite."""
    first = passages[0]
    told = tuple(
        GatheredPassage(one.content, one.similarity, one.page, one.document_id) for one in passages
    )
    return GatheredFile(first.document_id, first.document_name, first.dataset_id, told)


def renumbered(parts: Parts, numbers: Sequence[int]) -> Parts:
    """Yield an answer in which markers of passages are the numbers of their sources."""
    with closing(parts):
        for part in parts:
            if isinstance(part, AnswerRecord):
                yield replace(part, text=in_numbers(part.text, numbers))
            else:
                yield replace(part, content=in_numbers(part.content, numbers))


def in_numbers(text: str, numbers: Sequence[int]) -> str:
    """Return a text with numbers of sources in the place of markers."""
    return MARKER.sub(lambda found: f"[{numbers[int(found[1])]}]", text) if numbers else text


def pieces(parts: Parts) -> Generator[Delta]:
    """Yield an answer piece by piece, with what comes behind the last one and what it took."""
    said = ""
    for part in parts:
        if isinstance(part, AnswerRecord):
            rest = part.text[len(said) :] if part.text.startswith(said) else ""
            yield Delta(rest, usage=part.usage)
        else:
            said += part.content
            yield part
