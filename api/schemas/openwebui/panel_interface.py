"""Pages of the front end's administrators about what people see: models, banners, questions."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from api.config.settings import Settings
from api.schemas.base import Request, StorableText
from api.schemas.openwebui.panel import (
    Panel,
    PanelRequest,
    Row,
    listed,
    listed_or_null,
    mapped,
    nullable,
)

MOST = 100
MOST_MODELS = 1000

Title = Annotated[str, Field(max_length=255)]
Words = Annotated[dict[str, object], Field(max_length=100)]
"""The same in other languages, as clients have it."""


def metadata(value: str) -> dict[str, object]:
    """Return what is said of all models, of which capabilities alone are kept here."""
    found = json.loads(value)
    return {"capabilities": found} if found else {}


def capabilities(value: Any, _before: str) -> str:
    """Return capabilities as the setting has them; raises ValueError for what else is said."""
    others = [name for name, one in (value or {}).items() if name != "capabilities" and one]
    if others:
        raise ValueError(f"{others[0][:64]} of all models is not built here")
    return json.dumps((value or {}).get("capabilities") or {})


def said(value: Any, _before: str) -> str:
    """Return parameters as the setting has them: those of which something is said."""
    given = (value or {}).items()
    return json.dumps({name: one for name, one in given if one not in (None, "", [], {})})


MODELS = Panel(
    {
        "DEFAULT_MODELS": nullable("frontend.default_models", "ui.default_models"),
        "DEFAULT_PINNED_MODELS": nullable("frontend.pinned_models", "ui.default_pinned_models"),
        "DEFAULT_MODEL_PARAMS": Row(
            "frontend.model_params", "models.default_params", json.loads, said
        ),
        "DEFAULT_MODEL_METADATA": Row(
            "frontend.model_capabilities", "models.default_metadata", metadata, capabilities
        ),
        "MODEL_ORDER_LIST": listed("frontend.model_order", "ui.model_order_list"),
    },
    {},
)

BANNERS = Panel({"banners": listed("frontend.banners", "ui.banners")}, {})

SUGGESTIONS = Panel(
    {"suggestions": listed_or_null("frontend.suggestions", "ui.prompt_suggestions")}, {"i18n": {}}
)

VISIBILITY = Panel({"visibility": mapped("frontend.visibility", "ui.visibility")}, {})

CONNECTIONS = Panel(
    {},
    {
        "ENABLE_DIRECT_CONNECTIONS": False,
        "ENABLE_DIRECT_INTEGRATIONS": False,
        "ENABLE_BASE_MODELS_CACHE": False,
    },
)

CHATS = Panel(
    {},
    {
        "CONTEXT_COMPACTION_MODEL": "",
        "ENABLE_CONTEXT_COMPACTION": False,
        "CONTEXT_COMPACTION_TOKEN_THRESHOLD": 80000,
        "CONTEXT_COMPACTION_TOKEN_CAP": 80000,
        "CONTEXT_COMPACTION_RETENTION_PERCENTAGE": 40,
        "CONTEXT_COMPACTION_PROMPT_TEMPLATE": "",
        "ENABLE_TOOL_PERMISSIONS": False,
        "ENABLE_TOOL_SEARCH": False,
        "TOOL_SEARCH_DEFER_THRESHOLD": 400,
        "TOOL_SEARCH_ALWAYS_LOADED": [],
        "TOOL_SEARCH_DEFER_BUILTIN_TOOLS": True,
    },
)

SUBAGENTS = Panel(
    {},
    {
        "ENABLE_SUBAGENTS": False,
        "SUBAGENTS_BACKGROUND_ENABLED": False,
        "SUBAGENTS_MAX_CONCURRENT": 20,
        "SUBAGENTS_MAX_ASYNC": 20,
        "SUBAGENTS_MAX_ITERATIONS": 30,
        "SUBAGENTS_MAX_OUTPUT": 30000,
        "SUBAGENTS_SYSTEM_PROMPT": "",
    },
)

CODE = Panel(
    {},
    {
        "ENABLE_CODE_EXECUTION": False,
        "CODE_EXECUTION_ENGINE": "pyodide",
        "CODE_EXECUTION_JUPYTER_URL": "",
        "CODE_EXECUTION_JUPYTER_AUTH": "",
        "CODE_EXECUTION_JUPYTER_AUTH_TOKEN": "",
        "CODE_EXECUTION_JUPYTER_AUTH_PASSWORD": "",
        "CODE_EXECUTION_JUPYTER_TIMEOUT": 60,
        "ENABLE_CODE_INTERPRETER": False,
        "CODE_INTERPRETER_ENGINE": "pyodide",
        "CODE_INTERPRETER_PROMPT_TEMPLATE": "",
        "CODE_INTERPRETER_JUPYTER_URL": "",
        "CODE_INTERPRETER_JUPYTER_AUTH": "",
        "CODE_INTERPRETER_JUPYTER_AUTH_TOKEN": "",
        "CODE_INTERPRETER_JUPYTER_AUTH_PASSWORD": "",
        "CODE_INTERPRETER_JUPYTER_TIMEOUT": 60,
    },
)

TERMINALS = Panel({}, {"TERMINAL_SERVER_CONNECTIONS": []})


class ModelsConfigRequest(PanelRequest):
    """Which models a new chat begins with, and which stand where."""

    PANEL: ClassVar[Panel] = MODELS

    DEFAULT_MODELS: StorableText | None = Field(None, max_length=4000)
    DEFAULT_PINNED_MODELS: StorableText | None = Field(None, max_length=4000)
    MODEL_ORDER_LIST: list[Annotated[str, Field(max_length=255)]] | None = Field(
        None, max_length=MOST_MODELS
    )
    DEFAULT_MODEL_METADATA: dict[str, object] | None = Field(None, max_length=100)
    DEFAULT_MODEL_PARAMS: dict[str, object] | None = Field(None, max_length=100)


class Banner(Request):
    """What is said above all chats; `timestamp` in seconds since 1970."""

    id: StorableText = Field(max_length=64)
    type: Literal["info", "success", "warning", "error"]
    title: StorableText | None = Field(None, max_length=500)
    content: StorableText = Field(max_length=10_000)
    dismissible: bool
    timestamp: int
    i18n: Words | None = None


class BannersRequest(PanelRequest):
    """All banners, in their order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"banners": []}]})

    PANEL: ClassVar[Panel] = BANNERS

    banners: list[Banner] = Field(max_length=MOST)


class Suggestion(Request):
    """A question that a new chat offers."""

    title: list[Title] = Field(max_length=2)
    content: StorableText = Field(max_length=10_000)


class SuggestionsRequest(PanelRequest):
    """All questions that a new chat offers; null or none at all for those of the front end."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"suggestions": []}]})

    PANEL: ClassVar[Panel] = SUGGESTIONS

    suggestions: list[Suggestion] | None = Field(max_length=MOST)


class VisibilityRequest(PanelRequest):
    """Which parts of itself the front end shows, as it has it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"visibility": {}}]})

    PANEL: ClassVar[Panel] = VISIBILITY

    visibility: dict[str, object] = Field(max_length=1000)


class ConnectionsRequest(PanelRequest):
    """Whether browsers connect to models and tools by themselves: they do not, the server does."""

    PANEL: ClassVar[Panel] = CONNECTIONS

    ENABLE_DIRECT_CONNECTIONS: bool | None = None
    ENABLE_DIRECT_INTEGRATIONS: bool | None = None
    ENABLE_BASE_MODELS_CACHE: bool | None = None


class ChatsConfigRequest(PanelRequest):
    """How long chats are shortened, and tools are allowed: neither is built."""

    PANEL: ClassVar[Panel] = CHATS

    ENABLE_CONTEXT_COMPACTION: bool | None = None
    ENABLE_TOOL_PERMISSIONS: bool | None = None
    ENABLE_TOOL_SEARCH: bool | None = None


class SubagentsRequest(PanelRequest):
    """How models ask other models: that is not built."""

    PANEL: ClassVar[Panel] = SUBAGENTS

    ENABLE_SUBAGENTS: bool | None = None


class CodeRequest(PanelRequest):
    """Where code in chats is run: that is not built."""

    PANEL: ClassVar[Panel] = CODE

    ENABLE_CODE_EXECUTION: bool | None = None
    ENABLE_CODE_INTERPRETER: bool | None = None


class TerminalsRequest(PanelRequest):
    """Servers of terminals: there are none."""

    PANEL: ClassVar[Panel] = TERMINALS

    TERMINAL_SERVER_CONNECTIONS: list[object] | None = Field(None, max_length=MOST)


class ModelsConfigAnswer(TypedDict):
    """Which models a new chat begins with, and which stand where."""

    DEFAULT_MODELS: str | None
    DEFAULT_PINNED_MODELS: str | None
    MODEL_ORDER_LIST: list[str]
    DEFAULT_MODEL_METADATA: dict[str, object]
    DEFAULT_MODEL_PARAMS: dict[str, object]


class ModelDefaultsAnswer(TypedDict):
    """What holds for all models unless they say otherwise."""

    DEFAULT_MODEL_METADATA: dict[str, object]
    DEFAULT_MODEL_PARAMS: dict[str, object]


def present_model_defaults(settings: Settings) -> ModelDefaultsAnswer:
    """Return what does."""
    return {
        "DEFAULT_MODEL_METADATA": metadata(settings.frontend.model_capabilities),
        "DEFAULT_MODEL_PARAMS": json.loads(settings.frontend.model_params),
    }


class BannerAnswer(TypedDict):
    """What is said above all chats."""

    id: str
    type: str
    title: str | None
    content: str
    dismissible: bool
    timestamp: int


class SuggestionAnswer(TypedDict):
    """A question that a new chat offers."""

    title: list[str]
    content: str


class SuggestionsAnswer(TypedDict):
    """All questions that a new chat offers; null where they are those of the front end."""

    suggestions: list[SuggestionAnswer] | None
    i18n: dict[str, str]


class VisibilityAnswer(TypedDict):
    """Which parts of itself the front end shows."""

    visibility: dict[str, object]


class ConnectionsAnswer(TypedDict):
    """What of this is on: nothing."""

    ENABLE_DIRECT_CONNECTIONS: bool
    ENABLE_DIRECT_INTEGRATIONS: bool
    ENABLE_BASE_MODELS_CACHE: bool


class ChatsConfigAnswer(TypedDict):
    """What of this is on: nothing; the rest stands beside it."""

    ENABLE_CONTEXT_COMPACTION: bool
    ENABLE_TOOL_PERMISSIONS: bool
    ENABLE_TOOL_SEARCH: bool


class SubagentsAnswer(TypedDict):
    """What of this is on: nothing; the rest stands beside it."""

    ENABLE_SUBAGENTS: bool
    SUBAGENTS_BACKGROUND_ENABLED: bool


class CodeAnswer(TypedDict):
    """What of this is on: nothing; the rest stands beside it."""

    ENABLE_CODE_EXECUTION: bool
    ENABLE_CODE_INTERPRETER: bool


class TerminalsAnswer(TypedDict):
    """No servers of terminals."""

    TERMINAL_SERVER_CONNECTIONS: list[str]


def present_models_config(settings: Settings) -> ModelsConfigAnswer:
    """Return which models a new chat begins with, and which stand where."""
    return MODELS.shown(settings)  # type: ignore[return-value]  # its rows have these names


def present_banners(settings: Settings) -> list[BannerAnswer]:
    """Return what is said above all chats."""
    found: list[BannerAnswer] = json.loads(settings.frontend.banners)
    return found


def suggestions_of(settings: Settings) -> Sequence[SuggestionAnswer]:
    """Return the questions that a new chat offers."""
    found: list[SuggestionAnswer] = json.loads(settings.frontend.suggestions)
    return found


def present_suggestions(settings: Settings) -> SuggestionsAnswer:
    """Return the questions that a new chat offers."""
    return {"suggestions": list(suggestions_of(settings)) or None, "i18n": {}}


def present_visibility(settings: Settings) -> VisibilityAnswer:
    """Return which parts of itself the front end shows."""
    return {"visibility": json.loads(settings.frontend.visibility)}


def present_connections(settings: Settings) -> ConnectionsAnswer:
    """Return that nothing is on."""
    return CONNECTIONS.shown(settings)  # type: ignore[return-value]  # it has these names


def present_chats_config(settings: Settings) -> ChatsConfigAnswer:
    """Return that chats are not shortened."""
    return CHATS.shown(settings)  # type: ignore[return-value]  # it has these names


def present_subagents(settings: Settings) -> SubagentsAnswer:
    """Return that models do not ask others."""
    return SUBAGENTS.shown(settings)  # type: ignore[return-value]  # it has these names


def present_code(settings: Settings) -> CodeAnswer:
    """Return that no code is run."""
    return CODE.shown(settings)  # type: ignore[return-value]  # it has these names


def present_terminals(settings: Settings) -> TerminalsAnswer:
    """Return that there are no servers of terminals."""
    return TERMINALS.shown(settings)  # type: ignore[return-value]  # it has this name
