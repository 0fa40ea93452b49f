"""CPU of calls as clients make them, each against a reference that takes turns with it.

All is in this process: our pages behind gunicorn's gevent worker, and a bare Flask application
behind the same. A client asks both over a socket, and what that costs is in all figures. Told is
`process_time`, the least of many short rounds: a busy machine only ever adds. The reference of
lists and of single things is a bare hello; that of calls for which the engine works is a bare page
that has the engine do the same and then says hello. (The two measured apart and added up are less:
a page that begins or ends right behind a search finds the processor's caches full of the search,
and takes two to three times what it takes in a loop of its own. The last column has that, too.)

The rate of the bundled model is that of the package that publishes it, called in a loop with a text
at a time, which is its fastest; and that of our own code for it in a loop.

Settings are followed as in a web worker, so that who asks is remembered as there (decision 0128).

A chunk that is added, and a question with its answer, are acknowledged when the disk has them. So
their references commit rows into a copy of the database with all its indexes, as often as has to be
for a crash: a chunk, its place in the index, and that it is there; a question, and its answer. Each
question is asked in a session of its own. Counters, access and history are what the server does
beyond that.
"""

# ruff: noqa: E402
from gevent import monkey

monkey.patch_all()

import gc
import io
import logging
import tempfile
import time
from functools import partial
from pathlib import Path

import orjson
from call_engine import QUESTION, TEXT, TEXTS, WORDS, engine_calls, packaged
from common import print_table, words
from flask import Flask, jsonify
from gunicorn.workers.ggevent import GeventWorker
from served import Call, Served, hello, request, started

from api.container import Services
from api.http.responses import success
from api.http.worker import Worker
from api.schemas.sdk.dataset import present_dataset
from api.services.accounts.records import Principal
from api.services.accounts.values import NewAccount
from api.services.configuration.following import follow_settings
from api.services.library.values import ChunkCopy, DatasetFilter, Page, Upload

ROUNDS, CALLS = 150, 20
HEAVY_ROUNDS, HEAVY_CALLS = 60, 3
DATASETS = 10
CHUNKS = 2000
ROWS = 1000


def least(calls: dict[str, Call], rounds: int, each: int) -> dict[str, float]:
    """Return the microseconds of CPU of each call: the least of rounds in which all take turns."""
    spent = dict.fromkeys(calls, float("inf"))
    for call in calls.values():
        call()
    gc.collect()
    gc.freeze()
    for _ in range(rounds):
        for name, call in calls.items():
            begun = time.process_time()
            for _ in range(each):
                call()
            spent[name] = min(spent[name], (time.process_time() - begun) / each * 1e6)
    return spent


def filled(services: Services, asker: Principal, ours: Served, key: str) -> dict[str, str]:
    """Make what is asked for; return the ids."""

    def made(path: str, body: object) -> str:
        answer = orjson.loads(ours.ask(request("POST", path, key, body)))
        return str(answer["data"]["id"])

    ids = [made("/api/v1/datasets", {"name": f"dataset {number}"}) for number in range(DATASETS)]
    upload = Upload("words.txt", io.BytesIO(b"words"))
    [document] = services.library.uploads.upload(asker, ids[0], [upload])
    copies = [ChunkCopy(words(WORDS, number)) for number in range(CHUNKS)]
    services.library.copies.copy(asker, ids[0], document.id, copies)
    [other] = services.library.uploads.upload(asker, ids[1], [Upload("w.txt", io.BytesIO(b"w"))])
    chat = made("/api/v1/chats", {"name": "guide", "dataset_ids": [ids[0]]})
    return {"dataset": ids[0], "document": document.id, "chat": chat, "of": ids[1], "to": other.id}


def our_calls(ours: Served, key: str, ids: dict[str, str]) -> dict[str, tuple[Call, str]]:
    """Return the calls over HTTP, each with the name of its reference."""
    datasets, chats = "/api/v1/datasets", f"/api/v1/chats/{ids['chat']}"
    dataset = f"{datasets}/{ids['dataset']}"
    question = {"question": QUESTION, "dataset_ids": [ids["dataset"]]}
    found = {"name": "search", "arguments": {"question": QUESTION, "limit": 10}}
    tool = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": found}
    texts = {"model": "wordllama@Builtin", "input": TEXT}
    many, encoded = texts | {"input": TEXTS}, {"encoding_format": "base64"}
    asked = {
        f"list of {DATASETS} datasets": (request("GET", datasets, key), ""),
        "one dataset": (request("GET", dataset, key), ""),
        "one document": (request("GET", f"{dataset}/documents?id={ids['document']}", key), ""),
        "one assistant": (request("GET", chats, key), ""),
        "retrieval": (request("POST", "/api/v1/retrieval", key, question), "search of 30"),
        "one text at /v1/embeddings": (request("POST", "/v1/embeddings", key, texts), "vector"),
        "32 texts, as numbers": (request("POST", "/v1/embeddings", key, many), "vectors"),
        "32 texts, as base64": (request("POST", "/v1/embeddings", key, many | encoded), "vectors"),
        "search by /mcp": (request("POST", "/mcp", key, tool), "search of 10"),
    }
    calls: dict[str, tuple[Call, str]] = {
        name: (partial(ours.ask, text), reference) for name, (text, reference) in asked.items()
    }
    numbers = iter(range(10**9))
    chunks = f"{datasets}/{ids['of']}/documents/{ids['to']}/chunks"

    def add() -> bytes:
        return ours.ask(request("POST", chunks, key, {"content": f"{TEXT} {next(numbers)}"}))

    begun = (
        orjson.loads(ours.ask(request("POST", f"{chats}/sessions", key, {"name": "s"})))
        for _ in range(HEAVY_ROUNDS * HEAVY_CALLS + 1)
    )
    sessions = iter([answer["data"]["id"] for answer in begun])

    def talk() -> bytes:
        said = {"question": QUESTION, "stream": False, "session_id": next(sessions)}
        return ours.ask(request("POST", f"{chats}/completions", key, said))

    return calls | {"chat": (talk, "answer"), "add a chunk": (add, "chunk")}


def writing(app: Flask, services: Services, asker: Principal) -> dict[str, Call]:
    """Return how we, and Flask, write a list of many rows from their records."""
    newest = Page("create_time", descending=True, limit=1, offset=0)
    [record], _ = services.library.datasets.list_page(asker, DatasetFilter(), newest)
    records = [record] * ROWS
    rows = orjson.loads(success([present_dataset(item) for item in records]).get_data())["data"]

    def within(make: Call) -> Call:
        def call() -> None:
            with app.test_request_context("/"):
                make()

        return call

    return {
        "ours": within(lambda: success([present_dataset(item) for item in records])),
        "jsonify": within(lambda: jsonify(code=0, message="success", data=rows)),
    }


def row(name: str, spent: float, reference: str, base: float, apart: float) -> list[str]:
    """Return a row of the table; `apart` is the reference added up from its parts."""
    ratios = [f"{spent / base:.2f} x", f"{spent / apart:.2f} x"]
    return [name, f"{spent:.0f} us", reference, f"{base:.0f} us", *ratios]


def main() -> None:
    """Measure and print two tables."""
    logging.disable(logging.INFO)  # the model's package has every logger write to the terminal
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        app, services = started(folder)
        ours = Served(Worker, app, services.settings)
        plain = Flask("bare")
        bare = Served(GeventWorker, plain, services.settings)
        account = services.accounts.accounts.create_user(NewAccount("a@example.org", "p" * 20))
        asker, key = account.principal, services.accounts.keys.create(account.principal).key
        ids = filled(services, asker, ours, key)
        calls = our_calls(ours, key, ids)
        alone = engine_calls(folder, ids)
        hello(plain, "/")
        for number, work in enumerate(alone.values()):
            hello(plain, f"/{number}", work)
        pages = {
            f"bare {name}": partial(bare.ask, request("GET", f"/{number}"))
            for number, name in enumerate(alone)
        }
        greet = {"hello": partial(bare.ask, request("GET", "/"))}
        services.configuration.stored.on_look = services.accounts.remembered.see
        follow_settings(services.configuration, services.live)
        light = {name: call for name, (call, engine) in calls.items() if not engine}
        heavy = {name: call for name, (call, engine) in calls.items() if engine}
        spent = least(greet | light, ROUNDS, CALLS)
        every = greet | heavy | pages | alone | {"package": packaged()}
        worked = least(every, HEAVY_ROUNDS, HEAVY_CALLS)
        written = least(writing(app, services, asker), HEAVY_ROUNDS, HEAVY_CALLS)
    rows = [row(name, spent[name], "a bare hello", *[spent["hello"]] * 2) for name in light]
    for name in heavy:
        work = calls[name][1]
        apart = worked[work] + worked["hello"]
        rows.append(row(name, worked[name], f"a bare page: {work}", worked[f"bare {work}"], apart))
    heads = ["call", "CPU", "reference", "CPU", "ratio", "to its parts"]
    print_table(rows, heads)
    for name in ("32 texts, as numbers", "32 texts, as base64"):
        package, loop = (worked[what] / worked[name] for what in ("package", "vectors"))
        print(f"\n{name}: {package:.0%} of the package's own rate, {loop:.0%} of ours in a loop")
    rate = written["jsonify"] / written["ours"]
    print(f"\n{ROWS:,} rows of a list: {written['ours']:.0f} us, {rate:.1f} x the rate of jsonify")


if __name__ == "__main__":
    main()
