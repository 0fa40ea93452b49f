"""A server that speaks Open WebUI's API, as `openwebui.py` asks and watches it."""

import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self
from urllib.parse import urlsplit

import psutil
import requests

PATIENCE = 300
POLL = 0.05


@dataclass(frozen=True)
class Spent:
    """What a server took for something: seconds of CPU of all its processes, and of the clock."""

    cpu: float
    clock: float


class Spending:
    """Measures what a server spends within a `with` block."""

    def __init__(self, peer: "Peer") -> None:
        """Initialize with the server."""
        self.peer = peer
        self.spent = Spent(0, 0)

    def __enter__(self) -> Self:
        """Begin."""
        self.begun = self.peer.cpu(), time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        clock = time.perf_counter() - self.begun[1]
        self.spent = Spent(self.peer.cpu() - self.begun[0], clock)


class Peer:
    """A server by its address, and the account that asks it."""

    def __init__(self, name: str, url: str, email: str, password: str, pid: int = 0) -> None:
        """Sign in; without any account the first one is made.

        `pid` is of the topmost process, else it is the one that listens.
        """
        self.name = name
        self.url = url
        self.pid = pid
        self.asking = requests.Session()
        self.token = self.signed_in(email, password)
        self.asking.headers["Authorization"] = f"Bearer {self.token}"

    def signed_in(self, email: str, password: str) -> str:
        """Return a token of an account; the first one of a server is made by signing up."""
        body = {"name": "Ada", "email": email, "password": password}
        is_new = self.call("GET", "/api/config").get("onboarding")
        path = "/api/v1/auths/signup" if is_new else "/api/v1/auths/signin"
        return str(self.call("POST", path, json=body)["token"])

    def call(self, method: str, path: str, **given: Any) -> Any:
        """Return what a request is answered with; stops the run when that is an error."""
        answer = self.asking.request(method, self.url + path, timeout=PATIENCE, **given)
        assert answer.ok, f"{self.name}: {method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer.json()

    @cached_property
    def port(self) -> int:
        """Return where the server listens."""
        return int(urlsplit(self.url).port or 80)

    @cached_property
    def top(self) -> psutil.Process:
        """Return the topmost process."""
        return psutil.Process(self.pid or self.listener())

    def listener(self) -> int:
        """Return the id of the process that listens, and whose children do, too."""
        listening = {
            one.pid
            for one in psutil.net_connections("inet")
            if one.status == psutil.CONN_LISTEN and one.laddr.port == self.port and one.pid
        }
        assert listening, f"{self.name}: who listens at {self.url} is not to be seen from here"
        return next(one for one in listening if psutil.Process(one).ppid() not in listening)

    def tree(self) -> list[psutil.Process]:
        """Return all processes of the server."""
        return [self.top, *self.top.children(recursive=True)]

    def cpu(self) -> float:
        """Return the seconds of CPU that the processes have taken, ended ones among them."""
        return sum(sum(one.cpu_times()) for one in self.tree())

    def memory(self) -> int:
        """Return the bytes of proportional memory that the processes hold."""
        return sum(int(one.memory_full_info().pss) for one in self.tree())

    def model(self) -> str:
        """Return the id of the first model that is offered."""
        return str(self.call("GET", "/api/models")["data"][0]["id"])

    def person(self, email: str, password: str) -> "Peer":
        """Return the server as an administrator of their own asks it, who is made for that."""
        body = {"name": email, "email": email, "password": password, "role": "admin"}
        self.call("POST", "/api/v1/auths/add", json=body)
        return Peer(self.name, self.url, email, password, self.top.pid)

    def knowledge(self, name: str) -> str:
        """Make a knowledge base; return its id."""
        body = {"name": name, "description": "of a measurement"}
        return str(self.call("POST", "/api/v1/knowledge/create", json=body)["id"])

    def put(self, knowledge_id: str, name: str, text: str) -> None:
        """Send a file, wait until it is read, and put it into a knowledge base."""
        files = {"file": (name, text.encode(), "text/plain")}
        file_id = self.call("POST", "/api/v1/files/?process=true", files=files)["id"]
        path = f"/api/v1/files/{file_id}/process/status"
        while (told := self.call("GET", path))["status"] != "completed":
            assert told["status"] != "failed", f"{self.name} does not read {name}: {told}"
            time.sleep(POLL)
        body = {"file_id": file_id}
        self.call("POST", f"/api/v1/knowledge/{knowledge_id}/file/add", json=body)

    def wait_for(self, knowledge_id: str) -> None:
        """Wait until all files of a knowledge base are read."""
        while self.call("GET", f"/api/v1/knowledge/{knowledge_id}/files/pending"):
            time.sleep(POLL)

    def found(self, knowledge_id: str, question: str, count: int = 4) -> list[str]:
        """Return the passages of a knowledge base that fit a question, by words and meaning."""
        body = {"collection_names": [knowledge_id], "query": question, "k": count, "hybrid": True}
        told = self.call("POST", "/api/v1/retrieval/query/collection", json=body)
        return list(told["documents"][0]) if told["documents"] else []


def connect(peer: Peer, endpoint: str) -> None:
    """Let an Open WebUI ask the endpoint of models alone, and search by words and meaning."""
    chat = {"ENABLE_OPENAI_API": True, "OPENAI_API_BASE_URLS": [endpoint]}
    chat |= {"OPENAI_API_KEYS": ["none"], "OPENAI_API_CONFIGS": {}}
    peer.call("POST", "/openai/config/update", json=chat)
    none = {"ENABLE_OLLAMA_API": False, "OLLAMA_BASE_URLS": [], "OLLAMA_API_CONFIGS": {}}
    peer.call("POST", "/ollama/config/update", json=none)
    embedding = {"RAG_EMBEDDING_ENGINE": "openai", "RAG_EMBEDDING_MODEL": "bench"}
    embedding |= {"RAG_EMBEDDING_BATCH_SIZE": 64, "openai_config": {"url": endpoint, "key": "none"}}
    peer.call("POST", "/api/v1/retrieval/embedding/update", json=embedding)
    search = {"ENABLE_RAG_HYBRID_SEARCH": True, "TOP_K": 4}
    peer.call("POST", "/api/v1/retrieval/config/update", json=search)
