"""What the tools of MCP are given. Clients are shown these models, and models fill them in."""

from typing import Annotated

from pydantic import ConfigDict, Field

from api.schemas.base import MAX_PAGE, NullFreeRequest, StorableText

MOST_HITS = 50
MOST_ITEMS = 100
MOST_QUESTION = 16_384

Names = Annotated[list[StorableText], Field(max_length=100)]
Question = Annotated[StorableText, Field(min_length=1, max_length=MOST_QUESTION)]
PageNumber = Annotated[int, Field(ge=1, le=MAX_PAGE)]


class Arguments(NullFreeRequest):
    """What a tool takes, and nothing else: a model that makes up a name is told so."""

    model_config = ConfigDict(extra="forbid")


class SearchArguments(Arguments):
    """What to search for."""

    question: Question = Field(description="What to look for, in plain words.")
    datasets: Names = Field(
        default=[], description="Names or ids of datasets to search; all of them by default."
    )
    document_ids: Names = Field(
        default=[], description="Ids of documents to search; all of the datasets by default."
    )
    limit: int = Field(10, ge=1, le=MOST_HITS, description="How many passages to return.")


class DatasetsArguments(Arguments):
    """Which datasets to list."""

    page: PageNumber = Field(1, description="Which page of the list, from 1.")
    page_size: int = Field(50, ge=1, le=MOST_ITEMS, description="How many on a page.")


class DocumentsArguments(Arguments):
    """Which documents to list."""

    dataset: StorableText = Field(min_length=1, description="Name or id of the dataset.")
    keywords: StorableText = Field(default="", description="A part of the documents' names.")
    page: PageNumber = Field(1, description="Which page of the list, from 1.")
    page_size: int = Field(50, ge=1, le=MOST_ITEMS, description="How many on a page.")


class DocumentArguments(Arguments):
    """Which document to read."""

    document_id: StorableText = Field(min_length=1, description="Id of the document.")
    part: PageNumber = Field(1, description="Which part of a long document, from 1.")


class QuestionArguments(Arguments):
    """What to ask whom."""

    question: Question = Field(description="The question.")
    assistant: StorableText = Field(
        default="", description="Name or id of the assistant; not needed if there is only one."
    )
