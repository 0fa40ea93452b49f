"""The page of what models write about chats, and which model does."""

from typing import Annotated, ClassVar

from pydantic import Field
from typing_extensions import TypedDict

from api.config.settings import Settings
from api.config.templates import LONGEST, template
from api.schemas.base import StorableText
from api.schemas.openwebui.panel import Panel, PanelRequest, Row, number, switch, text


def prompt(setting: str, key: str) -> Row:
    """Return the row of a prompt; null is none, and a variable that is none is refused."""
    return Row(setting, key, taken=lambda value, _: template(value or ""))


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
        "TITLE_GENERATION_PROMPT_TEMPLATE": prompt(
            "frontend.title_prompt", "task.title.prompt_template"
        ),
        "TAGS_GENERATION_PROMPT_TEMPLATE": prompt(
            "frontend.tags_prompt", "task.tags.prompt_template"
        ),
        "FOLLOW_UP_GENERATION_PROMPT_TEMPLATE": prompt(
            "frontend.follow_ups_prompt", "task.follow_up.prompt_template"
        ),
        "QUERY_GENERATION_PROMPT_TEMPLATE": prompt(
            "frontend.queries_prompt", "task.query.prompt_template"
        ),
        "AUTOCOMPLETE_GENERATION_PROMPT_TEMPLATE": prompt(
            "frontend.autocomplete_prompt", "task.autocomplete.prompt_template"
        ),
        "IMAGE_PROMPT_GENERATION_PROMPT_TEMPLATE": prompt(
            "frontend.picture_prompt", "task.image.prompt_template"
        ),
        "ENABLE_VOICE_MODE_PROMPT": switch("frontend.voice", "task.voice.prompt.enable"),
        "VOICE_MODE_PROMPT_TEMPLATE": prompt("frontend.voice_prompt", "task.voice.prompt_template"),
    },
    {
        "TASK_MODEL_PARAMS": {},
        "TOOLS_FUNCTION_CALLING_PROMPT_TEMPLATE": "",
    },
)
"""One model writes, wherever it runs; empty prompts are those of `conf/prompts`."""


Prompt = Annotated[StorableText | None, Field(max_length=LONGEST)]
"""A prompt with variables; null is none."""


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
    TITLE_GENERATION_PROMPT_TEMPLATE: Prompt = None
    TAGS_GENERATION_PROMPT_TEMPLATE: Prompt = None
    FOLLOW_UP_GENERATION_PROMPT_TEMPLATE: Prompt = None
    QUERY_GENERATION_PROMPT_TEMPLATE: Prompt = None
    AUTOCOMPLETE_GENERATION_PROMPT_TEMPLATE: Prompt = None
    IMAGE_PROMPT_GENERATION_PROMPT_TEMPLATE: Prompt = None
    ENABLE_VOICE_MODE_PROMPT: bool | None = None
    VOICE_MODE_PROMPT_TEMPLATE: Prompt = None


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
    TITLE_GENERATION_PROMPT_TEMPLATE: str
    TAGS_GENERATION_PROMPT_TEMPLATE: str
    FOLLOW_UP_GENERATION_PROMPT_TEMPLATE: str
    QUERY_GENERATION_PROMPT_TEMPLATE: str
    AUTOCOMPLETE_GENERATION_PROMPT_TEMPLATE: str
    IMAGE_PROMPT_GENERATION_PROMPT_TEMPLATE: str
    ENABLE_VOICE_MODE_PROMPT: bool
    VOICE_MODE_PROMPT_TEMPLATE: str


def present_tasks_config(settings: Settings) -> TasksAnswer:
    """Return what models write about chats."""
    return TASKS.shown(settings)  # type: ignore[return-value]  # its rows have these names
