"""Settings: declared once, read from three places, all problems said at once."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from api.config.places import CHECKOUT
from api.config.section import Section
from api.config.settings import Settings
from api.config.settings import declared as live_or_not
from api.config.sources import load_settings, read_file
from api.errors import StartError

OPPOSITES = {"on": "off", "yes": "no", "true": "false", "1": "0"}

CONF = CHECKOUT / "conf" / "service_conf.yaml"


def declared() -> Iterator[tuple[str, object]]:
    for name, value in Settings():
        if isinstance(value, Section):
            yield from ((f"{name}.{key}", item) for key, item in value)
        else:
            yield name, value


def in_the_file() -> Iterator[tuple[str, object]]:
    for name, value in yaml.safe_load(CONF.read_text(encoding="utf-8")).items():
        if isinstance(value, dict):
            yield from ((f"{name}.{key}", item) for key, item in value.items())
        else:
            yield name, value


def refusal(environment: dict[str, str], conf_dir: Path) -> list[str]:
    with pytest.raises(StartError) as caught:
        load_settings(environment, conf_dir)
    return caught.value.message.splitlines()


def test_the_file_holds_every_setting_with_its_default() -> None:
    shown = {
        name: value.get_secret_value() if isinstance(value, SecretStr) else value
        for name, value in declared()
    }
    shown["data_dir"] = str(shown["data_dir"])
    assert dict(in_the_file()) == shown
    assert load_settings({}) == Settings()


def test_the_file_explains_every_section() -> None:
    for line in CONF.read_text(encoding="utf-8").splitlines():
        if re.match(r"^(?!data_dir|log)\w+:", line):
            assert "#" in line, line


def test_the_docs_name_every_setting_with_its_variable() -> None:
    docs = (CHECKOUT / "docs" / "settings.md").read_text(encoding="utf-8")
    for name, _ in declared():
        assert f"| `{name}` | `RAGLAN_{name.upper().replace('.', '__')}` |" in docs


def test_the_docs_name_no_setting_that_is_gone() -> None:
    docs = (CHECKOUT / "docs" / "settings.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([a-z_.]+)` \| `RAGLAN_", docs, re.MULTILINE))
    assert named == {name for name, _ in declared()}


def test_file_and_docs_mark_the_live_settings_and_no_others() -> None:
    live = {f"{section}.{key}" for section, key, is_live in live_or_not() if is_live}
    docs = (CHECKOUT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_.]+)` \| `RAGLAN_[^|]+\|[^|]+\| \(live\) ", docs, re.MULTILINE)
    assert set(rows) == live
    section, marked = "", set()
    for line in CONF.read_text(encoding="utf-8").splitlines():
        if line[:1].isalpha():
            section = line.partition(":")[0]
        elif "# (live)" in line:
            marked.add(f"{section}.{line.strip().partition(':')[0]}")
    assert marked == live


def test_the_files_may_be_in_another_folder(tmp_path: Path) -> None:
    (tmp_path / "local.service_conf.yaml").write_text("server: {port: 2}")
    assert load_settings({"RAGLAN_CONF_DIR": str(tmp_path)}).server.port == 2
    with pytest.raises(StartError, match="cannot be read"):
        read_file(tmp_path)


def test_another_folder_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=f"RAGLAN_CONF_DIR: there is no folder {tmp_path}/slip"):
        load_settings({"RAGLAN_CONF_DIR": str(tmp_path / "slip")})
    assert load_settings({"RAGLAN_CONF_DIR": ""}) == load_settings({})


def test_the_environment_wins_over_the_local_file_and_that_over_the_shipped_one(
    tmp_path: Path,
) -> None:
    (tmp_path / "service_conf.yaml").write_text("server: {port: 1, workers: 3, threads: 4}")
    (tmp_path / "local.service_conf.yaml").write_text("server: {port: 2, workers: 5}\nlog:\n")
    settings = load_settings({"RAGLAN_SERVER__PORT": "3", "HOME": "/"}, tmp_path)
    assert (settings.server.port, settings.server.workers, settings.server.threads) == (3, 5, 4)


@pytest.mark.parametrize("word", ["on", "On", "yes", "true", "TRUE", '"on"', "1", '"yes"'])
@pytest.mark.parametrize("opposite", [False, True])
def test_on_and_off_may_be_written_as_yaml_and_people_write_them(
    word: str, *, opposite: bool, tmp_path: Path
) -> None:
    if opposite:
        word = re.sub("(?i)on|yes|true|1", lambda found: OPPOSITES[found[0].lower()], word)
    (tmp_path / "service_conf.yaml").write_text(
        f"auth: {{sign_up: {word}}}\nlog: {{access: {word}}}\n", encoding="utf-8"
    )
    in_file = load_settings({}, tmp_path)
    said = word.strip('"')
    variables = {"RAGLAN_AUTH__SIGN_UP": said, "RAGLAN_LOG__ACCESS": said}
    for settings in (in_file, load_settings(variables, tmp_path / "..")):
        assert settings.auth.sign_up == ("off" if opposite else "on")
        assert settings.log.access is not opposite


def test_files_may_be_absent_or_empty(tmp_path: Path) -> None:
    (tmp_path / "service_conf.yaml").write_text("# nothing\n")
    assert load_settings({}, tmp_path) == Settings()


def test_all_problems_are_said_at_once_by_name(tmp_path: Path) -> None:
    (tmp_path / "service_conf.yaml").write_text("worker: {processes: -1}\nlog: {level: LOUD}\n")
    lines = refusal({"RAGLAN_SERVER__PORT": "high", "RAGLAN_SERVR__HOST": "x"}, tmp_path)
    assert len(lines) == 4
    for name in ("WORKER__PROCESSES", "LOG__LEVEL", "SERVER__PORT", "SERVR__HOST"):
        assert sum(f"(RAGLAN_{name})" in line for line in lines) == 1, lines


@pytest.mark.parametrize(
    "content", ["server: {port: {x: 1}}", "server: &a {port: *a}", "&a {server: {port: *a}}"]
)
def test_a_setting_that_is_given_as_a_section_is_named(content: str, tmp_path: Path) -> None:
    (tmp_path / "service_conf.yaml").write_text("server: {port: 9380}")
    (tmp_path / "local.service_conf.yaml").write_text(content)
    lines = refusal({}, tmp_path)
    assert sum("Setting server.port (RAGLAN_SERVER__PORT)" in line for line in lines) == 1, lines


@pytest.mark.parametrize("content", ["server: [1, 2]", "server: 7", "server: yes"])
def test_the_environment_hides_no_section_that_is_none(content: str, tmp_path: Path) -> None:
    (tmp_path / "local.service_conf.yaml").write_text(content)
    [line] = refusal({"RAGLAN_SERVER__PORT": "3"}, tmp_path)
    assert "Setting server (RAGLAN_SERVER)" in line


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("RAGLAN_SERVER__PORT", "70000"),
        ("RAGLAN_SERVER__NOPE", "1"),
        ("RAGLAN_NOPE", "1"),
        ("RAGLAN_SERVER", "1"),
        ("RAGLAN_SERVER__TIMEOUT", "nan"),
        ("RAGLAN_SERVER__TIMEOUT", "1"),
        ("RAGLAN_LEASE__TTL", "0"),
        ("RAGLAN_LEASE__RENEWALS", "1"),
        ("RAGLAN_LEASE__STEP_DOWN", "0.25"),
        ("RAGLAN_AUTH__SECRET_KEY", "short"),
        ("RAGLAN_AUTH__SIGN_UP", "maybe"),
        ("RAGLAN_BOOTSTRAP__API_KEY", "short"),
        ("RAGLAN_BOOTSTRAP__EMAIL", "nobody"),
        ("RAGLAN_MODELS__CHAT_BASE_URL", "ftp://models"),
        ("RAGLAN_MODELS__ALIASES", "mine"),
        ("RAGLAN_MODELS__ALIASES", "mine=@"),
        ("RAGLAN_MODELS__ALIASES", "=a@B"),
    ],
)
def test_a_bad_value_is_refused_by_name_and_never_shown(
    variable: str, value: str, tmp_path: Path
) -> None:
    [line] = refusal({variable: value}, tmp_path)
    assert f"({variable})" in line
    if "KEY" in variable:
        assert value not in line


@pytest.mark.parametrize("variable", ["RAGLAN_URL", "RAGLAN_API_KEY", "RAGLAN_CLI_JSON"])
def test_what_the_command_line_reads_is_no_setting(variable: str, tmp_path: Path) -> None:
    assert load_settings({variable: "x"}, tmp_path) == Settings()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a: [", "not valid YAML"),
        (b"- a", "must hold sections"),
        (b"a: \xff", "not valid YAML"),
        (b"auth: {secret_key: 2024-99-99}", "month must be in 1..12"),
        (b"a: " + b"[" * 2000 + b"]" * 2000, "not valid YAML"),
    ],
)
def test_a_broken_file_is_named(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "local.service_conf.yaml").write_bytes(content)
    message = " ".join(refusal({}, tmp_path))
    assert words in message
    assert "local.service_conf.yaml" in message


def test_secrets_are_masked_wherever_settings_are_shown(tmp_path: Path) -> None:
    secrets = {
        "RAGLAN_DATABASE__URL": "postgresql://user:covert-1@host/db",
        "RAGLAN_REDIS__URL": "redis://:covert-2@host",
        "RAGLAN_AUTH__SECRET_KEY": "covert-3 0123456789",
        "RAGLAN_MODELS__CHAT_BASE_URL": "https://user:covert-4@host/v1",
        "RAGLAN_NACOS__PASSWORD": "covert-5",
    }
    settings = load_settings(secrets, tmp_path)
    shown = " ".join(f"{name}={value}" for name, value in settings.masked())
    assert "covert" not in shown
    assert "https://****@host/v1" in shown
    assert "covert" not in repr(settings.database)
    assert settings.database_url == "postgresql://user:covert-1@host/db"


@pytest.mark.parametrize("kind", ["CHAT", "EMBEDDING"])
@pytest.mark.parametrize("key", ["whale\noil", "whale€", "whale\x7f"])
def test_a_model_key_that_cannot_be_sent_is_refused_and_not_shown(
    tmp_path: Path, kind: str, key: str
) -> None:
    with pytest.raises(StartError, match=f"models.{kind.lower()}_api_key") as caught:
        load_settings({f"RAGLAN_MODELS__{kind}_API_KEY": key}, tmp_path)
    assert "it holds a line break" in str(caught.value)
    assert "whale" not in str(caught.value)


def test_what_has_no_address_lives_in_the_data_folder(tmp_path: Path) -> None:
    settings = load_settings({"RAGLAN_DATA_DIR": str(tmp_path)}, tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path}/raglan.db"
    assert settings.chunk_store_url == f"sqlite:///{tmp_path}/chunks.db"
    assert settings.storage_url == f"file://{tmp_path}/files"
    assert Settings().data_path == CHECKOUT / "data"


@pytest.mark.parametrize(("host", "bind"), [("127.0.0.1", "127.0.0.1:9380"), ("::1", "[::1]:9380")])
def test_gunicorn_gets_the_address_as_it_wants_it(host: str, bind: str, tmp_path: Path) -> None:
    assert load_settings({"RAGLAN_SERVER__HOST": host}, tmp_path).server.bind == bind


@pytest.mark.parametrize(
    ("variable", "address"),
    [
        ("RAGLAN_DATABASE__URL", "postgresql://keeper:whale-oil@[x/raglan"),
        ("RAGLAN_DATABASE__URL", "mysql://keeper:whale-oil@h:port/raglan"),
        ("RAGLAN_CHUNK_STORE__URL", "sqlite://keeper:whale-oil@[x"),
        ("RAGLAN_STORAGE__URL", "s3://keeper:whale-oil@[x"),
        ("RAGLAN_MODELS__CHAT_BASE_URL", "http://keeper:whale-oil@[x/v1"),
        ("RAGLAN_MODELS__EMBEDDING_BASE_URL", "http://"),
    ],
)
def test_an_address_that_cannot_be_taken_apart_is_told_without_it(
    variable: str, address: str, tmp_path: Path
) -> None:
    with pytest.raises(StartError) as caught:
        load_settings({variable: address}, tmp_path)
    (line,) = str(caught.value).splitlines()
    assert f"({variable})" in line
    assert "host" in line
    assert "whale-oil" not in line
