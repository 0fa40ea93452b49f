"""Questions to datasets without an assistant, as RAGFlow's search pages ask them, at all doors."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from api.schemas.base import Ids, NullFreeRequest, StorableText
from api.schemas.searching import MAX_QUESTION
from api.services.chats.records import Outline
from api.services.chats.values import Asked


class AskRequest(NullFreeRequest):
    """A question to datasets, or to those of a search app, which says how they are searched."""

    question: str = Field(max_length=MAX_QUESTION)
    kb_ids: Ids = Field(default=[])
    search_id: str = ""

    def wanted(self) -> Asked:
        """Return what is asked."""
        return Asked(self.question, tuple(dict.fromkeys(self.kb_ids)), self.search_id)


class SearchAppQuestion(NullFreeRequest):
    """A question to a search app, to its datasets unless others are named."""

    question: str = Field(max_length=MAX_QUESTION)
    kb_ids: Ids = Field(default=[])

    def wanted(self, app_id: str) -> Asked:
        """Return what is asked."""
        return Asked(self.question, tuple(dict.fromkeys(self.kb_ids)), app_id)


class DatasetsRequest(NullFreeRequest):
    """A question to datasets."""

    question: str = Field(max_length=MAX_QUESTION)
    dataset_ids: Ids = Field(min_length=1)

    def wanted(self) -> Asked:
        """Return what is asked."""
        return Asked(self.question, tuple(dict.fromkeys(self.dataset_ids)))


class RelatedRequest(NullFreeRequest):
    """A question for which others are wanted that go with it; `industry` is what all are about."""

    question: str = Field(max_length=MAX_QUESTION)
    search_id: str = ""
    industry: Annotated[StorableText, Field(max_length=255)] = ""

    def wanted(self) -> Asked:
        """Return what is asked."""
        return Asked(self.question, app_id=self.search_id)


class OutlineAnswer(TypedDict):
    """A point of an outline, with what stands below it; `id` is its text."""

    id: str
    children: list["OutlineAnswer"]


def present_outline(outline: Outline) -> OutlineAnswer:
    """Return an outline as the pages draw it."""
    return {"id": outline.text, "children": [present_outline(point) for point in outline.below]}


def present_questions(questions: list[str]) -> list[str]:
    """Return questions that go with a question."""
    return questions
