"""Variables of Open WebUI's environment: what each stands for here, and which stand for nothing."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from api.config.openwebui import REASONS, SWITCH, rules, taken
from api.config.origins import origins
from api.config.places import CHECKOUT
from api.config.settings import Settings
from api.config.sources import load, load_settings

ON = {SWITCH: "on"}

THEIRS = {
    **ON,
    "WEBUI_SECRET_KEY": "a secret that is long",
    "WEBUI_URL": "https://chat.example.org",
    "HOST": "127.0.0.2",
    "PORT": "8080",
    "UVICORN_WORKERS": "3",
    "CORS_ALLOW_ORIGIN": "https://a.example.org;https://b.example.org",
    "RAG_FILE_MAX_SIZE": "25",
    "FILE_MAX_SIZE": "25",
    "DEFAULT_INTERFACE_SETTINGS": '{"widescreenMode": true}',
    "GLOBAL_LOG_LEVEL": "debug",
    "AUDIT_LOG_LEVEL": "REQUEST_RESPONSE",
    "WEBUI_ADMIN_EMAIL": "boss@example.org",
    "WEBUI_ADMIN_PASSWORD": "boss's password",
    "ENABLE_SIGNUP": "False",
    "DEFAULT_USER_ROLE": "pending",
    "JWT_EXPIRES_IN": "4w",
    "RAG_RELEVANCE_THRESHOLD": "0.1",
    "RAG_HYBRID_BM25_WEIGHT": "0.6",
    "DEFAULT_MODELS": "qwen3,other",
    "OPENAI_API_BASE_URLS": "http://127.0.0.1:8001/v1;http://127.0.0.1:8002/v1",
    "OPENAI_API_KEYS": "one;two",
    "RAG_EMBEDDING_ENGINE": "ollama",
    "RAG_EMBEDDING_MODEL": "bge-m3",
    "RAG_OLLAMA_BASE_URL": "http://127.0.0.1:11434/",
    "REDIS_URL": "redis://:pw@mymaster:6379/2",
    "REDIS_SENTINEL_HOSTS": "10.0.0.1,10.0.0.2",
    "STORAGE_PROVIDER": "s3",
    "S3_BUCKET_NAME": "files",
    "S3_ENDPOINT_URL": "http://127.0.0.1:9000",
    "S3_REGION_NAME": "us-east-1",
    "S3_KEY_PREFIX": "webui/",
    "S3_ACCESS_KEY_ID": "id",
    "S3_SECRET_ACCESS_KEY": "hidden",
    "ENABLE_LDAP": "true",
    "LDAP_SERVER_HOST": "ldap.example.org",
    "LDAP_SERVER_PORT": "636",
    "LDAP_USE_TLS": "true",
    "LDAP_APP_DN": "cn=app",
    "LDAP_APP_PASSWORD": "app's password",
    "LDAP_SEARCH_BASE": "dc=example",
    "LDAP_SEARCH_FILTERS": "(objectClass=person)",
    "LDAP_ATTRIBUTE_FOR_MAIL": "email",
    "LDAP_CA_CERT_FILE": "/etc/ca.pem",
    "ENABLE_TITLE_GENERATION": "True",
    "ENABLE_TAGS_GENERATION": "False",
    "ENABLE_FOLLOW_UP_GENERATION": "false",
    "ENABLE_RETRIEVAL_QUERY_GENERATION": "true",
    "ENABLE_AUTOCOMPLETE_GENERATION": "true",
    "AUTOCOMPLETE_GENERATION_INPUT_MAX_LENGTH": "200",
    "WEBSOCKET_SERVER_PING_INTERVAL": "15",
    "WEBSOCKET_SERVER_PING_TIMEOUT": "10",
    "ENABLE_WEB_SEARCH": "true",
    "WEB_SEARCH_ENGINE": "searxng",
    "SEARXNG_QUERY_URL": "http://searx:8080/search?q=<query>",
    "WEB_SEARCH_CONCURRENT_REQUESTS": "0",
    "SEARXNG_LANGUAGE": "de",
    "BYPASS_WEB_SEARCH_EMBEDDING_AND_RETRIEVAL": "true",
    "WEB_SEARCH_DOMAIN_FILTER_LIST": '["example.org", "!bad.example.org"]',
    "HSTS": "max-age=600;includeSubDomains",
    "REFERRER_POLICY": "no-referrer",
    "PERMISSIONS_POLICY": "camera=()",
    "CROSS_ORIGIN_OPENER_POLICY": "same-origin-allow-popups",
    "XCONTENT_TYPE": "nosniff",
    "ENABLE_COMPRESSION_MIDDLEWARE": "false",
    "TASK_MODEL": "small",
    "TASK_MODEL_EXTERNAL": "mini",
    "DEFAULT_MODEL_PARAMS": '{"temperature": 0.2}',
    "CHAT_RESPONSE_MAX_TOOL_CALL_ITERATIONS": "5",
    "TITLE_GENERATION_PROMPT_TEMPLATE": "Name this: {{MESSAGES:END:2}}",
    "TAGS_GENERATION_PROMPT_TEMPLATE": "Tags for {{prompt}}",
    "FOLLOW_UP_GENERATION_PROMPT_TEMPLATE": "Ask {{USER_NAME}}",
    "QUERY_GENERATION_PROMPT_TEMPLATE": "On {{CURRENT_DATE}}",
    "AUTOCOMPLETE_GENERATION_PROMPT_TEMPLATE": "{{TYPE}}",
    "IMAGE_PROMPT_GENERATION_PROMPT_TEMPLATE": "Draw",
    "ENABLE_VOICE_MODE_PROMPT": "false",
    "VOICE_MODE_PROMPT_TEMPLATE": "Speak",
    "OAUTH_CLIENT_ID": "client",
    "OAUTH_CLIENT_SECRET": "client's secret",
    "OPENID_PROVIDER_URL": "https://id.example.org/.well-known/openid-configuration",
    "OAUTH_SCOPES": "openid email",
    "OAUTH_PROVIDER_NAME": "Our ID",
    "ENABLE_OAUTH_SIGNUP": "true",
    "OAUTH_MERGE_ACCOUNTS_BY_EMAIL": "true",
    "OAUTH_ALLOWED_DOMAINS": "example.org",
    "ENABLE_OAUTH_ROLE_MANAGEMENT": "true",
    "OAUTH_ROLES_CLAIM": "realm.roles",
    "OAUTH_ADMIN_ROLES": "chief",
    "OAUTH_ALLOWED_ROLES": "keeper",
    "ENABLE_OAUTH_GROUP_MANAGEMENT": "true",
    "OAUTH_GROUPS_CLAIM": "crews",
    "GOOGLE_CLIENT_ID": "g",
    "GOOGLE_CLIENT_SECRET": "g's secret",
    "MICROSOFT_CLIENT_ID": "m",
    "MICROSOFT_CLIENT_SECRET": "m's secret",
    "MICROSOFT_CLIENT_TENANT_ID": "tenant",
    "GITHUB_CLIENT_ID": "h",
    "GITHUB_CLIENT_SECRET": "h's secret",
}

HERE = {
    "server.public_url": "https://chat.example.org",
    "server.host": "127.0.0.2",
    "server.port": 8080,
    "server.workers": 3,
    "server.cors_origins": "https://a.example.org, https://b.example.org",
    "server.max_body_bytes": 25 << 20,
    "log.level": "DEBUG",
    "audit.level": "request_response",
    "bootstrap.email": "boss@example.org",
    "auth.sign_up": "off",
    "auth.default_role": "pending",
    "auth.session_days": 28.0,
    "retrieval.similarity_threshold": 0.1,
    "retrieval.vector_similarity_weight": 0.4,
    "models.chat_model": "qwen3@OpenAI",
    "models.chat_base_url": "http://127.0.0.1:8001/v1",
    "models.embedding_model": "bge-m3@Ollama",
    "models.embedding_base_url": "http://127.0.0.1:11434/v1",
    "ldap.url": "ldaps://ldap.example.org:636",
    "ldap.user_filter": "(&(uid={login})(objectClass=person))",
    "ldap.bind_dn": "cn=app",
    "ldap.base": "dc=example",
    "ldap.email_attribute": "email",
    "ldap.start_tls": False,
    "identity.ca_file": "/etc/ca.pem",
    "frontend.interface": '{"widescreenMode": true}',
    "frontend.titles": "on",
    "frontend.tags": "off",
    "frontend.follow_ups": "off",
    "frontend.queries": "on",
    "frontend.autocomplete": "on",
    "frontend.autocomplete_length": 200,
    "frontend.title_prompt": "Name this: {{MESSAGES:END:2}}",
    "frontend.tags_prompt": "Tags for {{prompt}}",
    "frontend.follow_ups_prompt": "Ask {{USER_NAME}}",
    "frontend.queries_prompt": "On {{CURRENT_DATE}}",
    "frontend.autocomplete_prompt": "{{TYPE}}",
    "frontend.picture_prompt": "Draw",
    "frontend.voice": "off",
    "frontend.voice_prompt": "Speak",
    "frontend.ping_interval": 15.0,
    "frontend.ping_timeout": 10.0,
    "web_search.enabled": "on",
    "web_search.engine": "searxng",
    "web_search.url": "http://searx:8080/search?q=<query>",
    "web_search.requests_at_once": 16,
    "web_search.language": "de",
    "web_search.whole": "on",
    "web_search.domains": "example.org, !bad.example.org",
    "headers.strict_transport_seconds": 600,
    "headers.strict_transport_subdomains": "on",
    "headers.referrer_policy": "no-referrer",
    "headers.permissions_policy": "camera=()",
    "headers.opener_policy": "same-origin-allow-popups",
    "headers.content_type_options": "nosniff",
    "compression.codings": "",
    "frontend.task_model": "mini",
    "frontend.model_params": '{"temperature": 0.2}',
    "tools.rounds": 5,
    "oidc.client_id": "client",
    "oidc.issuer": "https://id.example.org",
    "oidc.scopes": "openid email",
    "oidc.title": "Our ID",
    "oidc.sign_up": "on",
    "github.sign_up": "on",
    "google.link_by_email": True,
    "microsoft.domains": "example.org",
    "oidc.role_claim": "realm.roles",
    "oidc.administrators": "chief",
    "oidc.users": "keeper",
    "google.groups": "known",
    "oidc.group_claim": "crews",
    "microsoft.client_id": "m",
    "microsoft.issuer": "https://login.microsoftonline.com/tenant/v2.0",
    "github.client_id": "h",
}

SECRETS = {
    "auth.secret_key": "a secret that is long",
    "bootstrap.password": "boss's password",
    "models.chat_api_key": "one",
    "storage.access_key": "id",
    "storage.secret_key": "hidden",
    "ldap.bind_password": "app's password",
    "oidc.client_secret": "client's secret",
    "google.client_secret": "g's secret",
    "microsoft.client_secret": "m's secret",
    "github.client_secret": "h's secret",
}


def told(settings: Settings, name: str) -> object:
    """Return the value of a setting; of a secret what is in it."""
    section, _, key = name.partition(".")
    found = getattr(getattr(settings, section), key)
    return found.get_secret_value() if isinstance(found, SecretStr) else found


def test_a_whole_environment_moves_over(tmp_path: Path) -> None:
    settings = load_settings(THEIRS, tmp_path)
    assert {name: told(settings, name) for name in HERE} == HERE
    assert {name: told(settings, name) for name in SECRETS} == SECRETS
    assert (
        told(settings, "redis.url")
        == "redis+sentinel://:pw@10.0.0.1:26379,10.0.0.2:26379/mymaster/2"
    )
    assert taken(THEIRS).left_out == {}


def test_they_count_only_where_they_are_asked_for_and_ours_win(tmp_path: Path) -> None:
    named = {"PORT": "8080", "OPENAI_API_KEY": "key", "DATABASE_URL": "postgresql://db/webui"}
    assert load_settings(named, tmp_path) == load_settings({}, tmp_path)
    assert taken(named).left_out == {}
    both = load_settings({**ON, **named, "RAGLAN_SERVER__PORT": "9000"}, tmp_path)
    assert (both.server.port, both.database.url.get_secret_value()) == (9000, "")


def test_a_setting_of_theirs_is_shown_as_one_of_the_environment(tmp_path: Path) -> None:
    found = load({**ON, "PORT": "8080"}, tmp_path)
    shown = {one.name: one.source for one in origins(found.settings, found)}
    assert shown["server.port"] == "environment"
    assert shown["server.host"] != "environment"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("WEBUI_SECRET_KEY", "short", "fewer than 16"),
        ("DEFAULT_USER_ROLE", "admin", "nobody administers"),
        ("JWT_EXPIRES_IN", "soon", "no time"),
        ("OPENAI_API_KEY", "key", "DEFAULT_MODELS"),
        ("WEB_SEARCH_ENGINE", "duckduckgo", "searxng"),
        ("TAVILY_API_KEY", "key", "WEB_SEARCH_ENGINE"),
        ("RAG_EMBEDDING_MODEL", "bge", "count together"),
        ("REDIS_SENTINEL_HOSTS", "a", "REDIS_URL"),
        ("S3_BUCKET_NAME", "b", "STORAGE_PROVIDER"),
        ("LDAP_SERVER_HOST", "h", "ENABLE_LDAP"),
        ("OAUTH_ADMIN_ROLES", "r", "ENABLE_OAUTH_ROLE_MANAGEMENT"),
        ("OAUTH_GROUPS_CLAIM", "g", "ENABLE_OAUTH_GROUP_MANAGEMENT"),
        ("DATABASE_URL", "sqlite:///webui.db", "raglan import openwebui"),
        ("ENABLE_CALENDAR", "true", "nothing here"),
        ("REFERRER_POLICY", "unsafe-url", "no-referrer"),
        ("CHUNK_SIZE", "1000", "each dataset"),
        ("DEFAULT_GROUP_ID", "5", "auth.default_group"),
        ("PDF_EXTRACT_IMAGES", "true", "worker.ocr_page_pictures"),
        ("WEBUI_NAME", "Ours", "keep the name"),
        ("TITLE_GENERATION_PROMPT_TEMPLATE", "{{LOCATION}}", "{{LOCATION}} is no variable"),
        ("XFRAME_OPTIONS", "DENY", "frame_ancestors"),
        ("WEBUI_AUTH_TRUSTED_EMAIL_HEADER", "X-Email", "proxy.addresses"),
    ],
)
def test_what_stands_for_nothing_is_told_by_name(name: str, value: str, words: str) -> None:
    found = taken({**ON, name: value, "PATH": "/bin", "HOME": "/"})
    assert found.settings == {}
    assert found.left_out.keys() == {name}
    assert words in found.left_out[name]


@pytest.mark.parametrize(
    ("value", "days"), [("-1", 36_500), ("30m", 30 / 1440), ("2d", 2), ("12h", 0.5), ("1w", 7)]
)
def test_times_are_days(value: str, days: float, tmp_path: Path) -> None:
    settings = load_settings({**ON, "JWT_EXPIRES_IN": value}, tmp_path)
    assert settings.auth.session_days == pytest.approx(days)


@pytest.mark.parametrize(
    ("value", "seconds", "below"),
    [
        ("max-age=60", 60, "off"),
        ("max-age=60;includeSubDomains;preload", 60, "on"),
        ("always", 31_536_000, "on"),
    ],
)
def test_strict_transport_is_a_number_of_seconds(
    value: str, seconds: int, below: str, tmp_path: Path
) -> None:
    headers = load_settings({**ON, "HSTS": value}, tmp_path).headers
    found = headers.strict_transport_seconds, headers.strict_transport_subdomains
    assert found == (seconds, below)


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({"REDIS_URL": "redis://a:6379/1"}, "redis://a:6379/1"),
        ({"REDIS_URL": "redis://a:6379", "REDIS_CLUSTER": "true"}, "redis+cluster://a:6379"),
    ],
)
def test_redis_is_one_server_or_a_cluster(variables: dict[str, str], url: str) -> None:
    assert taken({**ON, **variables}).settings == {"redis.url": url}


def test_ollama_answers_where_no_other_endpoint_does() -> None:
    named = {"OLLAMA_BASE_URL": "http://127.0.0.1:11434", "DEFAULT_MODELS": "qwen3"}
    assert taken({**ON, **named}).settings == {
        "models.chat_model": "qwen3@Ollama",
        "models.chat_base_url": "http://127.0.0.1:11434/v1",
    }


def test_the_docs_have_every_variable() -> None:
    docs = (CHECKOUT / "docs" / "openwebui.md").read_text(encoding="utf-8")
    for names, _ in rules():
        for name in names:
            assert f"`{name}`" in docs, name
    for name in REASONS:
        assert f"`{name}`" in docs, name
