"""Settings: every one is declared here, with its default.

Those declared as `Live` take effect without a restart when the files change; see
`api.config.live`.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from api.config.fetching import FetchingSettings
from api.config.frontend import FrontendSettings
from api.config.guarding import (
    AuditSettings,
    CompressionSettings,
    HeaderSettings,
    RateLimitSettings,
)
from api.config.identity import (
    GitHubSettings,
    GoogleSettings,
    IdentitySettings,
    LdapSettings,
    MicrosoftSettings,
    OidcSettings,
    ProxySettings,
)
from api.config.kinds import (
    LIVE,
    Aliases,
    Contract,
    HttpAddress,
    Live,
    LongSecret,
    ModelKey,
    Networks,
    OnOff,
    Origins,
    Port,
    Seconds,
    SecretAddress,
    SignUp,
    Weights,
)
from api.config.media import AudioSettings, ImageSettings
from api.config.places import home
from api.config.queue import QueueSettings
from api.config.reporting import NacosSettings, TelemetrySettings
from api.config.section import Section
from api.config.smtp import SmtpSettings
from api.config.tools import ToolSettings
from api.config.web_search import WebSearchSettings
from api.config.wordings import BodyLimits, Denied
from rag.addresses import shown_address
from rag.engines.defaults import MOST_TOP_K, RERANKED, THRESHOLD, TOP_K, VECTOR_WEIGHT


class ServerSettings(Section):
    """The web server."""

    host: str = "127.0.0.1"
    port: Port = 9380
    workers: int = Field(2, ge=1, le=256)
    worker_connections: int = Field(4000, ge=10)
    max_streams: Live[int] = Field(3000, ge=1)
    stream_sign: Live[Seconds] = 10
    threads: int = Field(3, ge=1, le=64)
    max_body_bytes: Live[int] = Field(1 << 30, ge=1024)
    max_json_bytes: Live[int] = Field(2 << 20, ge=1024)
    max_lines_bytes: Live[int] = Field(128 << 20, ge=1024)
    max_open_bytes: Live[int] = Field(64 << 10, ge=1024)
    body_limits: Live[BodyLimits] = ""
    cors_origins: Live[Origins] = ""
    hosts: Live[str] = ""
    public_url: Live[HttpAddress] = ""
    graceful_timeout: Seconds = 30
    timeout: float = Field(60, ge=5, allow_inf_nan=False)
    max_requests: int = Field(0, ge=0)
    max_memory_bytes: Live[int] = Field(0, ge=0)

    @property
    def bind(self) -> str:
        """Return the address to listen on, as gunicorn wants it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class ApiSettings(Section):
    """The REST API under /api/v1."""

    contract: Live[Contract] = "classic"


class ClientSettings(Section):
    """What a client may take from the web server; one without a key or session takes less."""

    body_silence: Live[Seconds] = 30
    body_grace: Live[Seconds] = 30
    body_rate: Live[int] = Field(1000, ge=0)
    anonymous_body_silence: Live[Seconds] = 5
    anonymous_body_grace: Live[Seconds] = 10
    answer_silence: Live[Seconds] = 60
    connections: Live[int] = Field(0, ge=0)
    waiting: Live[int] = Field(0, ge=0)
    proxies: Live[Networks] = "127.0.0.1, ::1"


class WorkerSettings(Section):
    """The ingest workers."""

    processes: int = Field(1, ge=0, le=256)
    poll_interval: Live[Seconds] = 0.5
    lease: Seconds = 15
    max_attempts: int = Field(3, ge=1)
    retry_delay: Seconds = 2
    weights: Live[Weights] = ""
    parse_timeout: Live[Seconds] = 600
    parse_memory_bytes: Live[int] = Field(2 << 30, ge=256 << 20)
    parse_memory_base: Live[int] = Field(320 << 20, ge=128 << 20)
    parse_cpu: Live[Seconds] = 15
    parse_cpu_per_mb: Live[float] = Field(15, ge=0, allow_inf_nan=False)
    parse_characters: Live[int] = Field(8_000_000, ge=1)
    parse_expansion: Live[float] = Field(64, ge=0, allow_inf_nan=False)
    max_chunks: Live[int] = Field(1_000_000, ge=1)
    document_timeout: Live[float] = Field(0, ge=0, allow_inf_nan=False)
    parser_idle: Live[Seconds] = 60
    pages_per_task: Live[int] = Field(256, ge=1)
    read_hidden: Live[bool] = False
    convert_timeout: Live[Seconds] = 120
    ocr: Live[bool] = True
    ocr_languages: Live[str] = Field("eng", pattern=r"^\w+(/\w+)?(\+\w+(/\w+)?)*$")
    ocr_page_pictures: Live[bool] = False
    ocr_timeout: Live[Seconds] = 60
    speech_base_url: Live[HttpAddress] = ""
    speech_api_key: Live[ModelKey] = SecretStr("")
    speech_model: Live[str] = "whisper-1"
    speech_timeout: Live[Seconds] = 300


class MetricsSettings(Section):
    """The Prometheus exporter."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: Port = 8000


class DatabaseSettings(Section):
    """Where metadata live; an empty address means SQLite in the data folder."""

    url: SecretAddress = SecretStr("")
    pool_size: int = Field(16, ge=1)
    pool_timeout: Seconds = 10
    timeout: Seconds = 30
    idle_transaction_timeout: Seconds = 5


class PrecedenceSettings(Section):
    """Whether values that the database holds count, and what they win over."""

    database: Live[OnOff] = "on"
    precedence: Live[Literal["environment", "database"]] = "environment"
    reset_on_start: bool = False


class RedisSettings(Section):
    """Redis; an empty address means that Raglan runs without it."""

    url: SecretStr = SecretStr("")
    timeout: Seconds = 5


class ChunkStoreSettings(Section):
    """Where chunks are indexed; an empty address means SQLite in the data folder."""

    url: SecretAddress = SecretStr("")


class StorageSettings(Section):
    """Where files are kept; an empty address means a folder in the data folder.

    Without keys an S3-compatible store is asked with those of Amazon's variables or its file.
    """

    url: SecretAddress = SecretStr("")
    timeout: Seconds = 30
    access_key: str = ""
    secret_key: SecretStr = SecretStr("")
    reserve_bytes: Live[int] = Field(64 << 20, ge=0)
    picture_bytes: Live[int] = Field(512 << 20, ge=0)


class AuthSettings(Section):
    """Accounts and sessions; an empty secret key means one generated into the data folder."""

    sign_up: Live[SignUp] = "auto"
    default_role: Live[Literal["user", "pending"]] = "user"
    default_group: Live[str] = Field("", max_length=255)
    denied: Live[Denied] = ""
    session_days: Live[float] = Field(30, gt=0)
    sessions: Literal["database", "redis"] = "database"
    access_minutes: Live[float] = Field(15, ge=0.1, le=60)
    second_factor: Live[Literal["optional", "administrators", "everybody"]] = "optional"
    failures: Live[int] = Field(10, ge=0)
    failures_of_account: Live[int] = Field(100, ge=0)
    failures_of_address: Live[int] = Field(100, ge=0)
    failures_window: Live[Seconds] = 300
    ollama_account: Live[str] = ""
    sign_ups_of_address: Live[int] = Field(30, ge=0)
    passwords_at_once: Live[int] = Field(16, ge=1)
    refuse_common_passwords: Live[bool] = False
    keys_readable: Live[bool] = False
    secret_key: LongSecret = SecretStr("")
    password_key: str = ""
    password_key_phrase: SecretStr = SecretStr("")


class BootstrapSettings(Section):
    """The first account and its API key; what is empty is generated and printed once."""

    email: str = Field("admin@raglan.local", pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    password: SecretStr = SecretStr("")
    api_key: LongSecret = SecretStr("")


class RetrievalSettings(Section):
    """What a search goes by where the request does not say."""

    similarity_threshold: Live[float] = Field(THRESHOLD, ge=0, le=1)
    vector_similarity_weight: Live[float] = Field(VECTOR_WEIGHT, ge=0, le=1)
    top_k: Live[int] = Field(TOP_K, ge=1, le=MOST_TOP_K)
    rerank_candidates: Live[int] = Field(RERANKED, ge=1, le=1024)
    step_timeout: Live[Seconds] = 10


class ModelSettings(Section):
    """Models that every tenant may use; `base_url` is that of an OpenAI-compatible endpoint.

    That of a rerank model is one of the form of Cohere, Jina, Voyage or TEI.
    """

    embedding_model: Live[str] = "wordllama@Builtin"
    embedding_base_url: Live[HttpAddress] = ""
    embedding_api_key: Live[ModelKey] = SecretStr("")
    chat_model: Live[str] = ""
    chat_base_url: Live[HttpAddress] = ""
    chat_api_key: Live[ModelKey] = SecretStr("")
    rerank_model: Live[str] = ""
    rerank_base_url: Live[HttpAddress] = ""
    rerank_api_key: Live[ModelKey] = SecretStr("")
    aliases: Live[Aliases] = "BAAI/bge-small-en-v1.5@Builtin=wordllama@Builtin"
    context_tokens: Live[int] = Field(8192, ge=512)
    timeout: Live[Seconds] = 60
    thinking_timeout: Live[Seconds] = 600
    answer_timeout: Live[Seconds] = 900


class LeaseSettings(Section):
    """The lease by which one web worker runs the background jobs."""

    ttl: Seconds = 3
    renewals: int = Field(3, ge=2, le=100)
    step_down: float = Field(0.8, gt=0, lt=1)

    @field_validator("step_down")
    @classmethod
    def renewed_before(cls, value: float, info: ValidationInfo) -> float:
        """Refuse a holder that would step down before it has tried to renew the lease."""
        if value * info.data.get("renewals", math.inf) <= 1:
            raise ValueError("it must be more than 1 / lease.renewals")
        return value


class RetentionSettings(Section):
    """How long what nobody needs any more is kept."""

    task_days: float = Field(30, ge=0)
    response_days: float = Field(30, ge=0)


class QuotaSettings(Section):
    """What a tenant and a dataset may hold; 0 means that there is no limit."""

    tenant_bytes: Live[int] = Field(0, ge=0)
    tenant_documents: Live[int] = Field(0, ge=0)
    tenant_chunks: Live[int] = Field(0, ge=0)
    dataset_bytes: Live[int] = Field(0, ge=0)
    dataset_documents: Live[int] = Field(0, ge=0)
    dataset_chunks: Live[int] = Field(0, ge=0)


class LogSettings(Section):
    """What is logged and how."""

    level: Live[Literal["DEBUG", "INFO", "WARNING", "ERROR"]] = "INFO"
    format: Literal["text", "json"] = "text"
    access: Live[bool] = True


class Settings(Section):
    """All settings of a Raglan process."""

    data_dir: Path = Path("data")
    server: ServerSettings = ServerSettings()
    api: ApiSettings = ApiSettings()
    clients: ClientSettings = ClientSettings()
    frontend: FrontendSettings = FrontendSettings()
    headers: HeaderSettings = HeaderSettings()
    compression: CompressionSettings = CompressionSettings()
    rate_limits: RateLimitSettings = RateLimitSettings()
    audit: AuditSettings = AuditSettings()
    fetching: FetchingSettings = FetchingSettings()
    tools: ToolSettings = ToolSettings()
    audio: AudioSettings = AudioSettings()
    images: ImageSettings = ImageSettings()
    web_search: WebSearchSettings = WebSearchSettings()
    worker: WorkerSettings = WorkerSettings()
    queue: QueueSettings = QueueSettings()
    metrics: MetricsSettings = MetricsSettings()
    database: DatabaseSettings = DatabaseSettings()
    settings: PrecedenceSettings = PrecedenceSettings()
    redis: RedisSettings = RedisSettings()
    chunk_store: ChunkStoreSettings = ChunkStoreSettings()
    storage: StorageSettings = StorageSettings()
    auth: AuthSettings = AuthSettings()
    identity: IdentitySettings = IdentitySettings()
    oidc: OidcSettings = OidcSettings()
    google: GoogleSettings = GoogleSettings()
    microsoft: MicrosoftSettings = MicrosoftSettings()
    github: GitHubSettings = GitHubSettings()
    ldap: LdapSettings = LdapSettings()
    proxy: ProxySettings = ProxySettings()
    smtp: SmtpSettings = SmtpSettings()
    bootstrap: BootstrapSettings = BootstrapSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    models: ModelSettings = ModelSettings()
    lease: LeaseSettings = LeaseSettings()
    retention: RetentionSettings = RetentionSettings()
    quota: QuotaSettings = QuotaSettings()
    nacos: NacosSettings = NacosSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    log: LogSettings = LogSettings()

    @property
    def data_path(self) -> Path:
        """Return the data folder as an absolute path; a relative one begins at the home folder."""
        return (home() / self.data_dir).resolve()

    @property
    def database_url(self) -> str:
        """Return the address of the database."""
        return self.database.url.get_secret_value() or f"sqlite:///{self.data_path}/raglan.db"

    @property
    def chunk_store_url(self) -> str:
        """Return the address of the chunk store."""
        return self.chunk_store.url.get_secret_value() or f"sqlite:///{self.data_path}/chunks.db"

    @property
    def storage_url(self) -> str:
        """Return the address of the object store."""
        return self.storage.url.get_secret_value() or f"file://{self.data_path}/files"

    def masked(self) -> Iterator[tuple[str, object]]:
        """Yield every setting as `section.key` with its value, secrets masked."""
        for name, value in self:
            if isinstance(value, Section):
                yield from ((f"{name}.{key}", masked_value(item)) for key, item in value)
            else:
                yield name, masked_value(value)

    def changed(self) -> Iterator[tuple[str, object]]:
        """Yield the settings that are not at their defaults, as `section.key`, secrets masked."""
        defaults = dict(Settings().masked())
        yield from ((name, value) for name, value in self.masked() if value != defaults[name])


def declared() -> Iterator[tuple[str, str, bool]]:
    """Yield section, key and whether it is live, for every setting; some have no section."""
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            for key, inner in kind.model_fields.items():
                yield name, key, LIVE in inner.metadata
        else:
            yield "", name, LIVE in field.metadata


def masked_value(value: object) -> object:
    """Return a value without what an address may hold that nobody is to see."""
    return shown_address(value) if isinstance(value, str) else value
