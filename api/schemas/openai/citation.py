"""Citations in answers, in the form that OpenAI's clients show by themselves."""

import re
from collections.abc import Sequence

from typing_extensions import TypedDict

from api.schemas.links import page_link
from api.services.chats.records import Passage

MARKER = re.compile(r"\[ID:(\d{1,9})\]")


class UrlCitation(TypedDict):
    """Where a passage can be opened, and where in the answer it is cited, in characters."""

    url: str
    title: str
    start_index: int
    end_index: int


class Annotation(TypedDict):
    """A citation; the type is always `url_citation`."""

    type: str
    url_citation: UrlCitation


def present_annotations(text: str, passages: Sequence[Passage], base: str) -> list[Annotation]:
    """Return a citation for each marker of an answer, in their order."""
    return [
        present_citation(passages[int(marker[1])], marker, base)
        for marker in MARKER.finditer(text)
        if int(marker[1]) < len(passages)
    ]


def present_citation(passage: Passage, marker: re.Match[str], base: str) -> Annotation:
    """Return the citation of a passage."""
    citation: UrlCitation = {
        "url": page_link(base, passage.document_id, passage.page),
        "title": passage.document_path or passage.document_name,
        "start_index": marker.start(),
        "end_index": marker.end(),
    }
    return {"type": "url_citation", "url_citation": citation}
