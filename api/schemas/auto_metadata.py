"""What a chat model is to find in documents, on the wire."""

from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from api.schemas.base import StorableText, StrictRequest, means_off
from rag.quoting import quoted

AUTO_METADATA_LIMIT = 4096
"""In bytes of JSON."""

MOST_FIELDS = 100

Config = dict[str, Any]
"""As it was sent, to be kept and shown."""

Name = Annotated[StorableText, Field(min_length=1, max_length=128)]
Values = Annotated[list[StorableText], Field(max_length=1000, fail_fast=True)]


class MetadataField(StrictRequest):
    """A field of metadata: what it is called, what stands in it, and which values it may have."""

    name: Name
    type: Literal["string", "list", "number", "time"] = "string"
    description: StorableText | None = None
    examples: Values | None = None
    restrict_values: bool | None = None


MetadataFields = Annotated[list[MetadataField], Field(max_length=MOST_FIELDS, fail_fast=True)]

_FIELDS: TypeAdapter[list[MetadataField]] = TypeAdapter(
    Annotated[list[MetadataField], Field(min_length=1, max_length=MOST_FIELDS, fail_fast=True)]
)


def with_fields(config: Config) -> Config:
    """Refuse a configuration that is on and does not say what is to be found.

    One that is off is kept as it is.
    """
    if not config or ("enabled" in config and means_off(config["enabled"])):
        return config
    unknown = next((name for name in config if name not in {"enabled", "fields"}), None)
    if unknown is not None:
        raise PydanticCustomError("metadata", "{name} is not known", {"name": quoted(unknown)})
    check_fields(config.get("fields"))
    return config


def check_fields(fields: object) -> None:
    """Refuse what is no list of one field or more, with the first place that is wrong."""
    try:
        _FIELDS.validate_python(fields, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(map(str, ("fields", *first["loc"])))
        told = {"place": place, "said": first["msg"]}
        raise PydanticCustomError("metadata", "{place}: {said}", told) from error


def short_enough(value: Config) -> Config:
    """Refuse an object that is too long, or that no database holds."""
    text = orjson.dumps(value)
    if len(text) > AUTO_METADATA_LIMIT or rb"\u0000" in text:
        limit = f"{AUTO_METADATA_LIMIT:,}"
        raise PydanticCustomError("too_long", f"Must have at most {limit} bytes, and no NUL")
    return value


AutoMetadata = Annotated[
    Config,
    Field(max_length=100),
    AfterValidator(with_fields),
    AfterValidator(short_enough),
]
"""Whether a model is to find metadata in the documents of a dataset (`enabled`), and `fields`."""
