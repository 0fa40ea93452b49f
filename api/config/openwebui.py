"""What variables of Open WebUI's environment mean here, where they are asked for.

They count where `RAGLAN_OPENWEBUI_ENV` is on: names such as PORT or OPENAI_API_KEY may be
there for another program.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote, urlencode

from api.config.variables import Rule, Settings, Variables, is_on, one, same, switch
from api.config.variables_answers import (
    ANSWERS_ALONE,
    ANSWERS_REASONS,
    ANSWERS_TOGETHER,
)
from api.config.variables_reasons import REASONS_INSTEAD
from api.config.variables_search import SEARCH_ALONE, SEARCH_TOGETHER

SWITCH = "RAGLAN_OPENWEBUI_ENV"
"""The variable that makes them count; it is no setting itself."""

PROVIDERS = ("oidc", "google", "microsoft", "github")
WITH_CLAIMS = ("oidc", "google", "microsoft")

METADATA = "/.well-known/openid-configuration"
ENTRA = "https://login.microsoftonline.com/{}/v2.0"

UNITS = {"ms": 86_400_000, "s": 86_400, "m": 1440, "h": 24, "d": 1, "w": 1 / 7}
"""How many of each are in a day."""

FOR_EVER = 36_500
MEGABYTE = 1 << 20
SHORTEST_SECRET = 16
SENTINEL_PORT = "26379"


class Taken(NamedTuple):
    """The settings that variables stand for, and the variables that stand for none, with why."""

    settings: Settings
    left_out: Mapping[str, str]


def days_of(value: str) -> str:
    """Return a time such as 4w or 30m in days."""
    if value == "-1":
        return str(FOR_EVER)
    number = value.rstrip("smhdw")
    if value[len(number) :] not in UNITS or not number.replace(".", "", 1).isdigit():
        raise ValueError("it is no time such as 4w")
    return str(float(number) / UNITS[value[len(number) :]])


def secret(value: str) -> str:
    """Return a secret that is long enough to sign by."""
    if len(value) < SHORTEST_SECRET:
        raise ValueError(f"it has fewer than {SHORTEST_SECRET} characters")
    return value


def role(value: str) -> str:
    """Return what those are who sign up."""
    if value == "admin":
        raise ValueError("nobody administers this server by signing up")
    return value


def each(
    name: str, key: str, sections: tuple[str, ...], convert: Callable[[str], str] = same
) -> tuple[str, Rule]:
    """Return the rule of a variable that stands for a setting of several sections."""
    return name, lambda found: {f"{at}.{key}": convert(found[name]) for at in sections}


def first(found: Variables, *names: str) -> str:
    """Return the first address, key or model that some variables name."""
    given = next((found[name] for name in names if found.get(name)), "")
    return given.replace(",", ";").partition(";")[0].strip()


def chat(found: Variables) -> Settings:
    """Return the endpoint of the chat model that is used where none is chosen."""
    model = first(found, "DEFAULT_MODELS")
    url = first(found, "OPENAI_API_BASE_URLS", "OPENAI_API_BASE_URL")
    key, provider = first(found, "OPENAI_API_KEYS", "OPENAI_API_KEY"), "OpenAI"
    if not url and (ollama := first(found, "OLLAMA_BASE_URLS", "OLLAMA_BASE_URL")):
        url, key, provider = f"{ollama.rstrip('/')}/v1", "", "Ollama"
    if not model or not url:
        raise ValueError("an address and a model (DEFAULT_MODELS) count together")
    said = {"chat_model": f"{model}@{provider}", "chat_base_url": url, "chat_api_key": key}
    return {f"models.{name}": value for name, value in said.items() if value}


def embedding(found: Variables) -> Settings:
    """Return the endpoint that embeds texts."""
    kind, model = found.get("RAG_EMBEDDING_ENGINE", ""), found.get("RAG_EMBEDDING_MODEL", "")
    url = found.get(
        {"openai": "RAG_OPENAI_API_BASE_URL", "ollama": "RAG_OLLAMA_BASE_URL"}.get(kind, "")
    )
    if not model or not url:
        raise ValueError(
            "RAG_EMBEDDING_ENGINE (openai or ollama), _MODEL and an address count together"
        )
    key = found.get("RAG_OPENAI_API_KEY", "") if kind == "openai" else ""
    base = url if kind == "openai" else f"{url.rstrip('/')}/v1"
    provider = "OpenAI" if kind == "openai" else "Ollama"
    said = {"model": f"{model}@{provider}", "base_url": base, "api_key": key}
    return {f"models.embedding_{name}": value for name, value in said.items() if value}


def redis(found: Variables) -> Settings:
    """Return the address of Redis: one server, those that sentinels watch, or a cluster."""
    url = found.get("REDIS_URL", "")
    if not url:
        raise ValueError("it counts beside REDIS_URL")
    rest = url.partition("://")[2]
    if hosts := found.get("REDIS_SENTINEL_HOSTS"):
        place, _, database = rest.partition("/")
        credentials, at, master = place.rpartition("@")
        port = found.get("REDIS_SENTINEL_PORT", SENTINEL_PORT)
        nodes = ",".join(f"{host.strip()}:{port}" for host in hosts.split(","))
        name = f"{master.partition(':')[0]}/{database}".rstrip("/")
        return {"redis.url": f"redis+sentinel://{credentials}{at}{nodes}/{name}"}
    if is_on(found.get("REDIS_CLUSTER", "")):
        return {"redis.url": f"redis+cluster://{rest}"}
    return {"redis.url": url}


def bucket(found: Variables) -> Settings:
    """Return the bucket for files."""
    name = found.get("S3_BUCKET_NAME", "")
    if found.get("STORAGE_PROVIDER") != "s3" or not name:
        raise ValueError("only STORAGE_PROVIDER=s3 with S3_BUCKET_NAME is taken")
    options = {"endpoint": found.get("S3_ENDPOINT_URL"), "region": found.get("S3_REGION_NAME")}
    asked = urlencode({key: value for key, value in options.items() if value})
    prefix = quote(found.get("S3_KEY_PREFIX", "").strip("/"))
    said = {
        "url": f"s3://{'/'.join(filter(None, (name, prefix)))}{'?' if asked else ''}{asked}",
        "access_key": found.get("S3_ACCESS_KEY_ID", ""),
        "secret_key": found.get("S3_SECRET_ACCESS_KEY", ""),
    }
    return {f"storage.{key}": value for key, value in said.items() if value}


def directory(found: Variables) -> Settings:
    """Return how the directory is asked that checks passwords."""
    host = found.get("LDAP_SERVER_HOST", "")
    if not is_on(found.get("ENABLE_LDAP", "")) or not host:
        raise ValueError("only ENABLE_LDAP=true with LDAP_SERVER_HOST is taken")
    encrypted = is_on(found.get("LDAP_USE_TLS", "true"))
    port = found.get("LDAP_SERVER_PORT", "389")
    by_name = f"({found.get('LDAP_ATTRIBUTE_FOR_USERNAME', 'uid')}={{login}})"
    more = found.get("LDAP_SEARCH_FILTERS", "")
    said = {
        "url": f"{'ldaps' if encrypted else 'ldap'}://{host}:{port}",
        "start_tls": "false",
        "bind_dn": found.get("LDAP_APP_DN", ""),
        "bind_password": found.get("LDAP_APP_PASSWORD", ""),
        "base": found.get("LDAP_SEARCH_BASE", ""),
        "user_filter": f"(&{by_name}{more})" if more else by_name,
        "email_attribute": found.get("LDAP_ATTRIBUTE_FOR_MAIL", ""),
    }
    return {f"ldap.{key}": value for key, value in said.items() if value}


def roles(found: Variables) -> Settings:
    """Return which roles let in, and which administer."""
    if not is_on(found.get("ENABLE_OAUTH_ROLE_MANAGEMENT", "")):
        raise ValueError("only with ENABLE_OAUTH_ROLE_MANAGEMENT=true")
    said = {
        "role_claim": found.get("OAUTH_ROLES_CLAIM", ""),
        "administrators": found.get("OAUTH_ADMIN_ROLES", ""),
        "users": found.get("OAUTH_ALLOWED_ROLES", ""),
    }
    return {f"{at}.{key}": value for at in WITH_CLAIMS for key, value in said.items() if value}


def groups(found: Variables) -> Settings:
    """Return into which groups people are put."""
    if not is_on(found.get("ENABLE_OAUTH_GROUP_MANAGEMENT", "")):
        raise ValueError("only with ENABLE_OAUTH_GROUP_MANAGEMENT=true")
    makes = is_on(found.get("ENABLE_OAUTH_GROUP_CREATION", ""))
    said = {
        "groups": "all" if makes else "known",
        "group_claim": found.get("OAUTH_GROUPS_CLAIM", ""),
    }
    return {f"{at}.{key}": value for at in WITH_CLAIMS for key, value in said.items() if value}


ALONE: Mapping[str, Rule] = dict(
    [
        one("WEBUI_SECRET_KEY", "auth.secret_key", secret),
        one("WEBUI_URL", "server.public_url"),
        one("HOST", "server.host"),
        one("PORT", "server.port"),
        one("UVICORN_WORKERS", "server.workers"),
        one("CORS_ALLOW_ORIGIN", "server.cors_origins", lambda text: text.replace(";", ", ")),
        one("RAG_FILE_MAX_SIZE", "server.max_body_bytes", lambda text: str(int(text) * MEGABYTE)),
        one("FILE_MAX_SIZE", "server.max_body_bytes", lambda text: str(int(text) * MEGABYTE)),
        one("GLOBAL_LOG_LEVEL", "log.level", str.upper),
        one("AUDIT_LOG_LEVEL", "audit.level", str.lower),
        one("WEBUI_ADMIN_EMAIL", "bootstrap.email"),
        one("WEBUI_ADMIN_PASSWORD", "bootstrap.password"),
        one("ENABLE_SIGNUP", "auth.sign_up", lambda text: "on" if is_on(text) else "off"),
        one("DEFAULT_USER_ROLE", "auth.default_role", role),
        one("JWT_EXPIRES_IN", "auth.session_days", days_of),
        (
            "RAG_RELEVANCE_THRESHOLD",
            lambda found: dict.fromkeys(
                ("retrieval.similarity_threshold", "frontend.threshold"),
                found["RAG_RELEVANCE_THRESHOLD"],
            ),
        ),
        one("RAG_TOP_K", "frontend.passages"),
        one("ENABLE_FOLDERS", "frontend.folders", switch),
        one("ENABLE_MEMORIES", "frontend.memories", switch),
        one("ENABLE_MESSAGE_RATING", "frontend.ratings", switch),
        one("ENABLE_USER_STATUS", "frontend.statuses", switch),
        one("ENABLE_USER_WEBHOOKS", "frontend.webhooks", switch),
        one("ENABLE_ADMIN_CHAT_ACCESS", "frontend.administrators_read", switch),
        one("ENABLE_ADMIN_EXPORT", "frontend.administrators_export", switch),
        one("SHOW_ADMIN_DETAILS", "frontend.shows_administrator", switch),
        one("ADMIN_EMAIL", "frontend.administrator"),
        one("DEFAULT_PINNED_MODELS", "frontend.pinned_models"),
        one("WEBUI_BANNERS", "frontend.banners"),
        one("DEFAULT_PROMPT_SUGGESTIONS", "frontend.suggestions"),
        one("RESPONSE_WATERMARK", "frontend.watermark"),
        one("DEFAULT_INTERFACE_SETTINGS", "frontend.interface"),
        one("ENABLE_EVALUATION_ARENA_MODELS", "frontend.arena", switch),
        one("EVALUATION_ARENA_MODELS", "frontend.arena_models"),
        one(
            "RAG_HYBRID_BM25_WEIGHT",
            "retrieval.vector_similarity_weight",
            lambda text: str(round(1 - float(text), 6)),
        ),
        one("OAUTH_CLIENT_ID", "oidc.client_id"),
        one("OAUTH_CLIENT_SECRET", "oidc.client_secret"),
        one("OPENID_PROVIDER_URL", "oidc.issuer", lambda text: text.removesuffix(METADATA)),
        one("OAUTH_SCOPES", "oidc.scopes"),
        one("OAUTH_PROVIDER_NAME", "oidc.title"),
        one("GOOGLE_CLIENT_ID", "google.client_id"),
        one("GOOGLE_CLIENT_SECRET", "google.client_secret"),
        one("MICROSOFT_CLIENT_ID", "microsoft.client_id"),
        one("MICROSOFT_CLIENT_SECRET", "microsoft.client_secret"),
        one("MICROSOFT_CLIENT_TENANT_ID", "microsoft.issuer", ENTRA.format),
        one("GITHUB_CLIENT_ID", "github.client_id"),
        one("GITHUB_CLIENT_SECRET", "github.client_secret"),
        one("LDAP_CA_CERT_FILE", "identity.ca_file"),
        one("ENABLE_TITLE_GENERATION", "frontend.titles", switch),
        one("ENABLE_TAGS_GENERATION", "frontend.tags", switch),
        one("ENABLE_FOLLOW_UP_GENERATION", "frontend.follow_ups", switch),
        one("ENABLE_RETRIEVAL_QUERY_GENERATION", "frontend.queries", switch),
        one("ENABLE_AUTOCOMPLETE_GENERATION", "frontend.autocomplete", switch),
        one("AUTOCOMPLETE_GENERATION_INPUT_MAX_LENGTH", "frontend.autocomplete_length"),
        one("ENABLE_CHANNELS", "frontend.channels", switch),
        one("WEBSOCKET_SERVER_PING_INTERVAL", "frontend.ping_interval"),
        one("WEBSOCKET_SERVER_PING_TIMEOUT", "frontend.ping_timeout"),
        each(
            "ENABLE_OAUTH_SIGNUP",
            "sign_up",
            PROVIDERS,
            switch,
        ),
        each(
            "OAUTH_MERGE_ACCOUNTS_BY_EMAIL",
            "link_by_email",
            PROVIDERS,
            lambda text: str(is_on(text)).lower(),
        ),
        each(
            "OAUTH_ALLOWED_DOMAINS",
            "domains",
            PROVIDERS,
            lambda text: "" if text == "*" else text,
        ),
    ]
)
"""Variables that stand for a setting each."""

TOGETHER: Mapping[tuple[str, ...], Rule] = {
    (
        "DEFAULT_MODELS",
        "OPENAI_API_BASE_URL",
        "OPENAI_API_BASE_URLS",
        "OPENAI_API_KEY",
        "OPENAI_API_KEYS",
        "OLLAMA_BASE_URL",
        "OLLAMA_BASE_URLS",
    ): chat,
    (
        "RAG_EMBEDDING_ENGINE",
        "RAG_EMBEDDING_MODEL",
        "RAG_OPENAI_API_BASE_URL",
        "RAG_OPENAI_API_KEY",
        "RAG_OLLAMA_BASE_URL",
    ): embedding,
    ("REDIS_URL", "REDIS_SENTINEL_HOSTS", "REDIS_SENTINEL_PORT", "REDIS_CLUSTER"): redis,
    (
        "STORAGE_PROVIDER",
        "S3_BUCKET_NAME",
        "S3_ENDPOINT_URL",
        "S3_REGION_NAME",
        "S3_KEY_PREFIX",
        "S3_ACCESS_KEY_ID",
        "S3_SECRET_ACCESS_KEY",
    ): bucket,
    (
        "ENABLE_LDAP",
        "LDAP_SERVER_HOST",
        "LDAP_SERVER_PORT",
        "LDAP_USE_TLS",
        "LDAP_APP_DN",
        "LDAP_APP_PASSWORD",
        "LDAP_SEARCH_BASE",
        "LDAP_SEARCH_FILTERS",
        "LDAP_ATTRIBUTE_FOR_MAIL",
        "LDAP_ATTRIBUTE_FOR_USERNAME",
    ): directory,
    (
        "ENABLE_OAUTH_ROLE_MANAGEMENT",
        "OAUTH_ROLES_CLAIM",
        "OAUTH_ADMIN_ROLES",
        "OAUTH_ALLOWED_ROLES",
    ): roles,
    (
        "ENABLE_OAUTH_GROUP_MANAGEMENT",
        "ENABLE_OAUTH_GROUP_CREATION",
        "OAUTH_GROUPS_CLAIM",
    ): groups,
}
"""Variables of which several make some settings."""

THEIRS = "it is where the other server keeps its data: `raglan import openwebui` reads that"

REASONS = {
    "DATABASE_URL": THEIRS,
    "DATA_DIR": THEIRS,
    "WEBUI_AUTH": "people always sign in here",
    **ANSWERS_REASONS,
    **REASONS_INSTEAD,
}

BEGINNINGS = (
    *("WEBUI_", "ENABLE_", "DEFAULT_", "OPENAI_", "OLLAMA_", "OAUTH_", "OPENID_", "LDAP_"),
    *("RAG_", "TASK_", "AUDIO_", "IMAGE_", "IMAGES_", "AUDIT_", "WEBSOCKET_", "REDIS_", "S3_"),
    *("USER_PERMISSIONS_", "SCIM_", "BYPASS_", "CHUNK_", "PDF_", "CODE_", "JWT_", "CORS_"),
    *("WEB_SEARCH_", "VECTOR_DB", "CHROMA_", "GOOGLE_CLIENT", "MICROSOFT_CLIENT", "GITHUB_CLIENT"),
)
"""How their variables begin; one that stands for nothing here is told."""


def taken(environment: Variables) -> Taken:
    """Return what the variables of an environment stand for, where they count."""
    if not is_on(environment.get(SWITCH, "")):
        return Taken({}, {})
    found = {name: value.strip() for name, value in environment.items() if value.strip()}
    settings: Settings = {}
    left_out: dict[str, str] = {}
    for names, rule in rules():
        present = [name for name in names if name in found]
        if present:
            try:
                settings |= rule(found)
            except ValueError as error:
                left_out |= dict.fromkeys(present, str(error))
    known = {name for names, _ in rules() for name in names}
    for name in found.keys() - known:
        if name in REASONS or name.startswith(BEGINNINGS):
            left_out[name] = REASONS.get(name, "nothing here is like it")
    return Taken(settings, left_out)


def rules() -> Iterator[tuple[tuple[str, ...], Rule]]:
    """Yield all rules with the variables that they are about."""
    yield from {**TOGETHER, **SEARCH_TOGETHER, **ANSWERS_TOGETHER}.items()
    yield from (
        ((name,), rule) for name, rule in {**ALONE, **SEARCH_ALONE, **ANSWERS_ALONE}.items()
    )
