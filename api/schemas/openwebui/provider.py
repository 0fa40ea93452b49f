"""Endpoints of chat models as Open WebUI's clients have them."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from api.errors import NotBuiltError
from api.schemas.base import NullFreeRequest, StorableText, means_off
from api.schemas.openwebui.tool import HIDDEN, HeaderValue
from api.services.models.addresses import BaseUrl
from api.services.models.connections import LONGEST_NAME, MOST, MOST_MODELS, Connection, checked

OPENAI, OLLAMA = "OpenAI-API-Compatible", "Ollama"
"""At which providers the models of connections stand."""

OLLAMA_API = "/v1"
"""Where Ollama has OpenAI's API, beside its own."""

ModelName = Annotated[StorableText, Field(min_length=1, max_length=LONGEST_NAME)]


class EndpointConfig(NullFreeRequest):
    """Whether an endpoint is on, and which of its models there are; without any it is asked."""

    model_config = ConfigDict(extra="allow")

    enable: bool = True
    model_ids: list[ModelName] = Field([], max_length=MOST_MODELS)
    connection_type: str = Field("", max_length=16)
    auth_type: str = Field("bearer", max_length=16)
    key: HeaderValue = ""

    def check(self) -> None:
        """Raise NotBuiltError for what is not built of an endpoint."""
        if self.auth_type not in {"bearer", "none", ""}:
            raise NotBuiltError(f"Signing in at endpoints by `{self.auth_type}`")
        for name, value in (self.model_extra or {}).items():
            if not means_off(value):
                raise NotBuiltError(f"`{name[:64]}` of an endpoint")

    def connection(self, url: str, key: str, *, on: bool) -> Connection:
        """Return the endpoint; raises NotBuiltError."""
        self.check()
        sent = "" if self.auth_type == "none" or key == HIDDEN else key
        return Connection(url, sent, tuple(self.model_ids), on and self.enable, key == HIDDEN)


Configs = Annotated[dict[str, EndpointConfig], Field(max_length=MOST)]
Keys = Annotated[list[HeaderValue], Field(max_length=MOST)]
Urls = Annotated[list[BaseUrl], Field(max_length=MOST)]


class OpenAIRequest(NullFreeRequest):
    """All endpoints that speak OpenAI's API, with their keys and what else is said of them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "OPENAI_API_BASE_URLS": ["https://models.example.org/v1"],
                    "OPENAI_API_KEYS": ["key"],
                    "OPENAI_API_CONFIGS": {"0": {"model_ids": ["small"]}},
                }
            ]
        }
    )

    ENABLE_OPENAI_API: bool = True
    OPENAI_API_BASE_URLS: Urls
    OPENAI_API_KEYS: Keys = Field([])
    OPENAI_API_CONFIGS: Configs = Field({})

    def connections(self) -> list[Connection]:
        """Return the endpoints; raises NotBuiltError, and ArgumentError for one that is twice."""
        urls = self.OPENAI_API_BASE_URLS
        checked(urls)
        keys = [*self.OPENAI_API_KEYS, *[""] * len(urls)]
        return [
            self.OPENAI_API_CONFIGS.get(str(number), EndpointConfig()).connection(
                url, keys[number], on=self.ENABLE_OPENAI_API
            )
            for number, url in enumerate(urls)
        ]


class OllamaRequest(NullFreeRequest):
    """All servers of Ollama; a key is in what is said of one."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "OLLAMA_BASE_URLS": ["http://127.0.0.1:11434"],
                    "OLLAMA_API_CONFIGS": {"0": {"model_ids": ["small"]}},
                }
            ]
        }
    )

    ENABLE_OLLAMA_API: bool = True
    OLLAMA_BASE_URLS: Urls
    OLLAMA_API_CONFIGS: Configs = Field({})

    def connections(self) -> list[Connection]:
        """Return the servers; raises NotBuiltError, and ArgumentError for one that is twice."""
        urls = [with_api(url) for url in self.OLLAMA_BASE_URLS]
        checked(urls)
        configs = [self.OLLAMA_API_CONFIGS.get(str(n), EndpointConfig()) for n in range(len(urls))]
        return [
            config.connection(url, config.key, on=self.ENABLE_OLLAMA_API)
            for url, config in zip(urls, configs, strict=True)
        ]


class VerifyRequest(NullFreeRequest):
    """An endpoint that is to be asked for its models."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"url": "https://models.example.org/v1", "key": "key"}]}
    )

    url: BaseUrl
    key: HeaderValue = ""
    config: EndpointConfig = EndpointConfig()

    def connection(self) -> Connection:
        """Return the endpoint; raises NotBuiltError."""
        return self.config.connection(self.url, self.key, on=True)


class EndpointConfigAnswer(TypedDict):
    """Whether an endpoint is on, and which models there are."""

    enable: bool
    model_ids: list[str]
    connection_type: str


class OpenAIAnswer(TypedDict):
    """All endpoints; keys are hidden."""

    ENABLE_OPENAI_API: bool
    OPENAI_API_BASE_URLS: list[str]
    OPENAI_API_KEYS: list[str]
    OPENAI_API_CONFIGS: dict[str, EndpointConfigAnswer]


class OllamaConfigAnswer(EndpointConfigAnswer):
    """The same of a server of Ollama, with its key, which is hidden."""

    key: str


class OllamaAnswer(TypedDict):
    """All servers of Ollama."""

    ENABLE_OLLAMA_API: bool
    OLLAMA_BASE_URLS: list[str]
    OLLAMA_API_CONFIGS: dict[str, OllamaConfigAnswer]


class ListedModelAnswer(TypedDict):
    """A model of an endpoint."""

    id: str
    name: str
    object: str
    owned_by: str


class ListedModelsAnswer(TypedDict):
    """The models of an endpoint."""

    object: str
    data: list[ListedModelAnswer]


class OllamaVersionAnswer(TypedDict):
    """The version of Ollama: nothing is asked for it."""

    version: bool


def with_api(url: str) -> str:
    """Return where a server of Ollama has OpenAI's API."""
    return url if url.endswith(OLLAMA_API) else url + OLLAMA_API


def present_config_of(one: Connection, kind: str) -> EndpointConfigAnswer:
    """Return whether an endpoint is on, and which models there are."""
    return {"enable": one.is_on, "model_ids": list(one.models), "connection_type": kind}


def present_openai(found: Sequence[Connection]) -> OpenAIAnswer:
    """Return all endpoints."""
    return {
        "ENABLE_OPENAI_API": not found or any(one.is_on for one in found),
        "OPENAI_API_BASE_URLS": [one.url for one in found],
        "OPENAI_API_KEYS": [HIDDEN if one.key else "" for one in found],
        "OPENAI_API_CONFIGS": {
            str(number): present_config_of(one, "external") for number, one in enumerate(found)
        },
    }


def present_ollama(found: Sequence[Connection]) -> OllamaAnswer:
    """Return all servers of Ollama."""
    return {
        "ENABLE_OLLAMA_API": any(one.is_on for one in found),
        "OLLAMA_BASE_URLS": [one.url.removesuffix(OLLAMA_API) for one in found],
        "OLLAMA_API_CONFIGS": {
            str(number): {**present_config_of(one, "local"), "key": HIDDEN if one.key else ""}
            for number, one in enumerate(found)
        },
    }


def present_listed(names: Sequence[str]) -> ListedModelsAnswer:
    """Return the models of an endpoint."""
    return {
        "object": "list",
        "data": [
            {"id": name, "name": name, "object": "model", "owned_by": "openai"} for name in names
        ],
    }


def present_no_version() -> OllamaVersionAnswer:
    """Return that no version is asked for."""
    return {"version": False}
