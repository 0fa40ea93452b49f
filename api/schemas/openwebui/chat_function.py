"""What clients send to functions beside answers, and get back."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from api.schemas.base import NullFreeRequest
from api.schemas.openwebui.tool_use import ToolIds

MOST_MESSAGES = 10_000
LONGEST_TEXT = 1_000_000

Item = Annotated[dict[str, object], Field(max_length=64)]


class CompletedRequest(NullFreeRequest):
    """What was said in a chat; what is not named here is told to code as it is."""

    model_config = ConfigDict(
        extra="allow",
        str_max_length=LONGEST_TEXT,
        json_schema_extra={
            "examples": [{"model": "guide", "messages": [{"role": "assistant", "content": "Hi"}]}]
        },
    )

    model: str = Field(min_length=1, max_length=255)
    messages: list[Item] = Field(max_length=MOST_MESSAGES)
    chat_id: str = Field("", max_length=64)
    session_id: str = Field("", max_length=64)
    id: str = Field("", max_length=64)
    filter_ids: ToolIds = Field([])

    def whole(self) -> Mapping[str, Any]:
        """Return all that is sent."""
        return self.model_dump(exclude={"filter_ids"})


class ActionRequest(CompletedRequest):
    """What was said in a chat up to the answer below which an action is started."""


class CompletedAnswer(TypedDict):
    """What was said, as filters let it out."""

    messages: list[Mapping[str, Any]]


class PipelinesAnswer(TypedDict):
    """The servers of pipelines."""

    data: list[Mapping[str, Any]]


def present_completed(body: Mapping[str, Any]) -> CompletedAnswer:
    """Return what was said."""
    return {"messages": list(body["messages"])}


def present_result(result: object) -> Any:
    """Return what comes of an action."""
    return result


def present_no_pipelines() -> PipelinesAnswer:
    """Return that there are no servers of pipelines."""
    return {"data": []}
