"""Pages of the web that are to be documents."""

from pydantic import ConfigDict, Field

from api.schemas.base import Request, StorableText
from api.schemas.file_name import FileName

MOST_ADDRESS = 2048
"""Characters of an address of the web."""


class PageUpload(Request):
    """A page of the web to fetch, and the name of its document."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "guide", "url": "https://example.org/guide"}]}
    )

    name: FileName
    url: StorableText = Field(min_length=1, max_length=MOST_ADDRESS)
