"""The page of what models write about chats, and which model does."""

from typing import ClassVar

from pydantic import Field
from typing_extensions import TypedDict

from api.config.settings import Settings
from api.schemas.base import StorableText
from api.schemas.openwebui.panel import Panel, PanelRequest, number, switch, text

TASKS = Panel(
    {
        "TASK_MODEL": text("frontend.task_model", "task.model.default"),
        "TASK_MODEL_EXTERNAL": text("frontend.task_model", "task.model.external"),
        "ENABLE_TITLE_GENERATION": switch("frontend.titles", "task.title.enable"),
        "ENABLE_TAGS_GENERATION": switch("frontend.tags", "task.tags.enable"),
        "ENABLE_FOLLOW_UP_GENERATION": switch("frontend.follow_ups", "task.follow_up.enable"),
        "ENABLE_RETRIEVAL_QUERY_GENERATION": switch(
            "frontend.queries", "task.query.retrieval.enable"
        ),
        "ENABLE_SEARCH_QUERY_GENERATION": switch("frontend.queries", "task.query.search.enable"),
        "ENABLE_AUTOCOMPLETE_GENERATION": switch(
            "frontend.autocomplete", "task.autocomplete.enable"
        ),
        "AUTOCOMPLETE_GENERATION_INPUT_MAX_LENGTH": number(
            "frontend.autocomplete_length", "task.autocomplete.input_max_length"
        ),
    },
    {
        "TASK_MODEL_PARAMS": {},
        "TITLE_GENERATION_PROMPT_TEMPLATE": "",
        "TAGS_GENERATION_PROMPT_TEMPLATE": "",
        "FOLLOW_UP_GENERATION_PROMPT_TEMPLATE": "",
        "QUERY_GENERATION_PROMPT_TEMPLATE": "",
        "AUTOCOMPLETE_GENERATION_PROMPT_TEMPLATE": "",
        "IMAGE_PROMPT_GENERATION_PROMPT_TEMPLATE": "",
        "TOOLS_FUNCTION_CALLING_PROMPT_TEMPLATE": "",
        "ENABLE_VOICE_MODE_PROMPT": False,
        "VOICE_MODE_PROMPT_TEMPLATE": "",
    },
)
"""One model writes, wherever it runs; empty templates are those of `conf/prompts`."""


class TasksRequest(PanelRequest):
    """What models write about chats, and which model does; of two models, the one that is new."""

    PANEL: ClassVar[Panel] = TASKS

    TASK_MODEL: StorableText | None = Field(None, max_length=255)
    TASK_MODEL_EXTERNAL: StorableText | None = Field(None, max_length=255)
    ENABLE_TITLE_GENERATION: bool | None = None
    ENABLE_TAGS_GENERATION: bool | None = None
    ENABLE_FOLLOW_UP_GENERATION: bool | None = None
    ENABLE_RETRIEVAL_QUERY_GENERATION: bool | None = None
    ENABLE_SEARCH_QUERY_GENERATION: bool | None = None
    ENABLE_AUTOCOMPLETE_GENERATION: bool | None = None
    AUTOCOMPLETE_GENERATION_INPUT_MAX_LENGTH: int | None = Field(None, ge=-1, le=1_000_000)


class TasksAnswer(TypedDict):
    """What models write about chats; how the rest is built stands beside it."""

    TASK_MODEL: str
    TASK_MODEL_EXTERNAL: str
    ENABLE_TITLE_GENERATION: bool
    ENABLE_TAGS_GENERATION: bool
    ENABLE_FOLLOW_UP_GENERATION: bool
    ENABLE_RETRIEVAL_QUERY_GENERATION: bool
    ENABLE_SEARCH_QUERY_GENERATION: bool
    ENABLE_AUTOCOMPLETE_GENERATION: bool
    AUTOCOMPLETE_GENERATION_INPUT_MAX_LENGTH: int


def present_tasks_config(settings: Settings) -> TasksAnswer:
    """Return what models write about chats."""
    return TASKS.shown(settings)  # type: ignore[return-value]  # its rows have these names
