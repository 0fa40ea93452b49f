"""Pages of the front end's administrators about what is found: documents, and their vectors."""

from typing import ClassVar

from pydantic import Field, SecretStr
from typing_extensions import TypedDict

from api.config.openwebui import MEGABYTE
from api.config.settings import Settings
from api.errors import ArgumentError, NotBuiltError
from api.schemas.base import Request, StorableText
from api.schemas.openwebui.panel import (
    Panel,
    PanelRequest,
    Row,
    hidden,
    number,
    secret,
    text,
)
from api.schemas.openwebui.panel_web import WebAnswer, WebRequest, present_web
from api.schemas.openwebui.tool import HIDDEN

ENDPOINTS = {"": "Builtin", "openai": "OpenAI", "ollama": "Ollama"}
"""Where texts are embedded, by what clients call it; what has another provider is `openai`."""

OLLAMA_API = "/v1"
"""Where Ollama has OpenAI's API."""


EXTERNAL = "external"
"""Where texts are ranked: at an endpoint."""


def rerank_name(value: str | None, before: str) -> str:
    """Return the name of a rerank model with a provider, that of before where none is given."""
    if not value or "@" in value:
        return value or ""
    return f"{value}@{before.rpartition('@')[2] or 'OpenAI'}"


def rerank_address(value: str | None, before: str) -> str:
    """Return where texts are ranked: nowhere without an engine; raises ValueError for another."""
    if value not in {None, "", EXTERNAL}:
        raise ValueError(f"give `{EXTERNAL}` and an address, or nothing")
    return before if value else ""


def bytes_of(value: float | str | None, before: int) -> int:
    """Return a number of MB in bytes; raises ValueError where none is given."""
    if value is None or value == "":
        raise ValueError("give a number of MB: there is always a limit")
    return before if value == before / MEGABYTE else int(float(value) * MEGABYTE)


RETRIEVAL = Panel(
    {
        "TOP_K": number("frontend.passages", "rag.top_k"),
        "RELEVANCE_THRESHOLD": number("frontend.threshold", "rag.relevance_threshold"),
        "HYBRID_BM25_WEIGHT": Row(
            "retrieval.vector_similarity_weight",
            "rag.hybrid_bm25_weight",
            lambda value: round(1 - value, 6),
            lambda value, before: before if value is None else round(1 - value, 6),
        ),
        "RAG_RERANKING_MODEL": Row("models.rerank_model", "rag.reranking_model", taken=rerank_name),
        "RAG_RERANKING_ENGINE": Row(
            "models.rerank_base_url",
            "rag.reranking_engine",
            lambda value: EXTERNAL if value else "",
            rerank_address,
        ),
        "RAG_EXTERNAL_RERANKER_URL": text("models.rerank_base_url", "rag.external_reranker_url"),
        "RAG_EXTERNAL_RERANKER_API_KEY": secret(
            "models.rerank_api_key", "rag.external_reranker_api_key"
        ),
        "FILE_MAX_SIZE": Row(
            "server.max_body_bytes",
            "rag.file.max_size",
            lambda value: value / MEGABYTE,
            bytes_of,
        ),
    },
    {
        "status": True,
        "RAG_TEMPLATE": "",
        "BYPASS_EMBEDDING_AND_RETRIEVAL": False,
        "RAG_FULL_CONTEXT": False,
        "ENABLE_RAG_HYBRID_SEARCH": True,
        "ENABLE_RAG_HYBRID_SEARCH_ENRICHED_TEXTS": False,
        "TOP_K_RERANKER": None,
        "CONTENT_EXTRACTION_ENGINE": "",
        "CONTENT_EXTRACTION_SUPPORTED_MEDIA_MIME_TYPES": None,
        "PDF_EXTRACT_IMAGES": False,
        "PDF_LOADER_MODE": "page",
        "RAG_RERANKING_BATCH_SIZE": None,
        "RAG_EXTERNAL_RERANKER_TIMEOUT": "",
        "TEXT_SPLITTER": "token",
        "RAG_TOKENIZER_MODEL": "",
        "ENABLE_MARKDOWN_HEADER_TEXT_SPLITTER": True,
        "CHUNK_SIZE": 512,
        "CHUNK_MIN_SIZE_TARGET": 0,
        "CHUNK_OVERLAP": 0,
        "FILE_MAX_COUNT": None,
        "FILE_IMAGE_COMPRESSION_WIDTH": None,
        "FILE_IMAGE_COMPRESSION_HEIGHT": None,
        "ALLOWED_FILE_EXTENSIONS": [],
        "MINERU_FILE_EXTENSIONS": ["pdf"],
        "ENABLE_GOOGLE_DRIVE_INTEGRATION": False,
        "ENABLE_ONEDRIVE_INTEGRATION": False,
    },
)
"""How texts are cut is said of each dataset, in the console; what stands here is the usual."""


class RetrievalRequest(PanelRequest):
    """How passages are found for chats, and what files may be."""

    PANEL: ClassVar[Panel] = RETRIEVAL

    TOP_K: int | None = Field(None, ge=1, le=100)
    RELEVANCE_THRESHOLD: float | None = Field(None, ge=0, le=1)
    HYBRID_BM25_WEIGHT: float | None = Field(None, ge=0, le=1)
    RAG_RERANKING_MODEL: StorableText | None = Field(None, max_length=255)
    RAG_RERANKING_ENGINE: str | None = Field(None, max_length=64)
    RAG_EXTERNAL_RERANKER_URL: StorableText | None = Field(None, max_length=1000)
    RAG_EXTERNAL_RERANKER_API_KEY: StorableText | None = Field(None, max_length=4096)
    FILE_MAX_SIZE: float | str | None = None
    web: WebRequest = WebRequest()

    def values(self, settings: Settings) -> dict[str, object]:
        """Return the settings that are to change; raises ArgumentError, and NotBuiltError."""
        sent = self.model_dump(exclude_unset=True, exclude={"web"})
        return {**self.PANEL.values(sent, settings), **self.web.values(settings)}


class EndpointRequest(Request):
    """Where texts are embedded, and by which key."""

    url: StorableText | None = Field(None, max_length=1000)
    key: StorableText | None = Field(None, max_length=4096)
    version: str | None = Field(None, max_length=64)


EMBEDDING = Panel(
    {},
    {
        "status": True,
        "RAG_EMBEDDING_BATCH_SIZE": 1,
        "ENABLE_ASYNC_EMBEDDING": True,
        "RAG_EMBEDDING_CONCURRENT_REQUESTS": 0,
        "azure_openai_config": {"url": "", "key": "", "version": ""},
    },
)


class EmbeddingRequest(PanelRequest):
    """Which model embeds the texts of datasets that are made from now on."""

    PANEL: ClassVar[Panel] = EMBEDDING

    RAG_EMBEDDING_ENGINE: str = Field("", max_length=64)
    RAG_EMBEDDING_MODEL: StorableText = Field("", max_length=255)
    openai_config: EndpointRequest | None = None
    ollama_config: EndpointRequest | None = None

    def values(self, settings: Settings) -> dict[str, object]:
        """Return the settings that are to change.

        Raises NotBuiltError for another engine, and ArgumentError without a model or an address.
        """
        self.PANEL.values(self.model_extra or {}, settings)
        engine, model = self.RAG_EMBEDDING_ENGINE, self.RAG_EMBEDDING_MODEL.strip()
        if engine not in ENDPOINTS:
            raise NotBuiltError(f"Embedding by `{engine}`")
        if not model:
            raise ArgumentError("RAG_EMBEDDING_MODEL: give the name of a model.")
        provider = provider_of(settings) if engine == engine_of(settings) else ENDPOINTS[engine]
        name = f"{model.rpartition('@')[0] or model}@{provider}"
        wanted: dict[str, object] = {"embedding_model": name}
        if engine:
            given = (self.openai_config if engine == "openai" else self.ollama_config) or None
            wanted |= endpoint_of(engine, given, settings)
        return {f"models.{name}": value for name, value in wanted.items()}


def endpoint_of(
    engine: str, given: EndpointRequest | None, settings: Settings
) -> dict[str, object]:
    """Return where texts are to be embedded; raises ArgumentError without an address."""
    before = settings.models
    url = (given.url if given else None) or ""
    if not url and engine == engine_of(settings):
        return {}
    if not url:
        raise ArgumentError(f"{engine}_config.url: give the address of the endpoint.")
    base = url.rstrip("/")
    if engine == "ollama" and not base.endswith(OLLAMA_API):
        base += OLLAMA_API
    key = given.key if given else None
    if key in {None, HIDDEN}:
        key = before.embedding_api_key.get_secret_value()
    return {"embedding_base_url": base, "embedding_api_key": SecretStr(key or "")}


def provider_of(settings: Settings) -> str:
    """Return who provides the embedding model."""
    return settings.models.embedding_model.rpartition("@")[2]


def engine_of(settings: Settings) -> str:
    """Return where texts are embedded, as clients call it."""
    provider = provider_of(settings)
    named = {name: engine for engine, name in ENDPOINTS.items()}
    return named.get(provider, "openai")


class EndpointAnswer(TypedDict):
    """Where texts are embedded; the key is hidden."""

    url: str
    key: str


class AzureAnswer(EndpointAnswer):
    """The same of Azure, which is not built."""

    version: str


class EmbeddingAnswer(TypedDict):
    """Which model embeds the texts of datasets that are made from now on."""

    status: bool
    RAG_EMBEDDING_ENGINE: str
    RAG_EMBEDDING_MODEL: str
    RAG_EMBEDDING_BATCH_SIZE: int
    ENABLE_ASYNC_EMBEDDING: bool
    RAG_EMBEDDING_CONCURRENT_REQUESTS: int
    openai_config: EndpointAnswer
    ollama_config: EndpointAnswer
    azure_openai_config: AzureAnswer


class RetrievalAnswer(TypedDict):
    """How passages are found for chats; how the rest is built stands beside it."""

    status: bool
    TOP_K: int
    RELEVANCE_THRESHOLD: float
    HYBRID_BM25_WEIGHT: float
    RAG_RERANKING_MODEL: str
    RAG_RERANKING_ENGINE: str
    RAG_EXTERNAL_RERANKER_URL: str
    RAG_EXTERNAL_RERANKER_API_KEY: str
    FILE_MAX_SIZE: float
    web: WebAnswer


def present_retrieval(settings: Settings) -> RetrievalAnswer:
    """Return how passages are found for chats."""
    return {**RETRIEVAL.shown(settings), "web": present_web(settings)}  # type: ignore[typeddict-item]  # its rows have these names


def present_embedding(settings: Settings) -> EmbeddingAnswer:
    """Return which model embeds texts."""
    engine, models = engine_of(settings), settings.models
    nowhere: EndpointAnswer = {"url": "", "key": ""}
    here: EndpointAnswer = {
        "url": models.embedding_base_url,
        "key": hidden(models.embedding_api_key),
    }
    return {
        "status": True,
        "RAG_EMBEDDING_ENGINE": engine,
        "RAG_EMBEDDING_MODEL": models.embedding_model.rpartition("@")[0],
        "RAG_EMBEDDING_BATCH_SIZE": 1,
        "ENABLE_ASYNC_EMBEDDING": True,
        "RAG_EMBEDDING_CONCURRENT_REQUESTS": 0,
        "openai_config": here if engine == "openai" else nowhere,
        "ollama_config": here if engine == "ollama" else nowhere,
        "azure_openai_config": {"url": "", "key": "", "version": ""},
    }
