"""Options of parsing as the console's pages send them, which is more than is known here."""

from typing import Any, Self

from pydantic import ConfigDict, model_validator

from api.schemas.auto_metadata import check_fields
from api.schemas.parser_config import GraphRag, ParserConfig, Raptor, StrictPart


class KeptPart(StrictPart):
    """A part of the options: what is not known of it is kept and shown, a null is not given."""

    @model_validator(mode="before")
    @classmethod
    def drop_nulls(cls, values: Any) -> Any:
        """Omit what is null."""
        if not isinstance(values, dict):
            return values
        return {key: value for key, value in values.items() if value is not None}


class KeptRaptor(KeptPart, Raptor):
    """Summaries of clusters of chunks, which cannot be switched on."""

    model_config = ConfigDict(extra="allow")


class KeptGraphRag(KeptPart, GraphRag):
    """A graph of entities, which cannot be switched on."""

    model_config = ConfigDict(extra="allow")


class KeptOptions(KeptPart, ParserConfig):
    """Options of parsing and chunking."""

    model_config = ConfigDict(extra="allow")

    metadata: Any = None
    raptor: KeptRaptor = KeptRaptor()
    graphrag: KeptGraphRag = KeptGraphRag()

    @model_validator(mode="after")
    def whole(self) -> Self:
        """Refuse metadata that are wanted and not described as they have to be."""
        if self.enable_metadata and self.metadata is not None:
            check_fields(self.metadata)
        return self

    @model_validator(mode="after")
    def storable(self) -> Self:
        """Refuse what the database cannot keep."""
        if r"\u0000" in self.model_dump_json(exclude_unset=True):
            raise ValueError("Text must not hold a NUL character")
        return self
