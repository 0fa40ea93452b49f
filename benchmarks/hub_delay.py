"""How long the event loops of web workers are held while things go wrong around Open WebUI's door.

hub_delay.py [FAULT ...]

By the metric `raglan_hub_delay_seconds`, which each worker takes four times a second: how many
looks there were, the share of them within 10 and 50 ms, and the bucket of the longest. `nothing`
and `two busy programs` are what the machine itself does to a server that nobody asks. Ends with
status 1 when a loop was held for more than 250 ms without `two busy programs` having been, too:
below that a machine whose cores are all busy is not told from a loop that is held.
"""

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import requests
from common import EMAIL, PASSWORD, free_port, print_table, running_server, words
from openwebui import chat, endpoint_of_models
from prometheus_client.parser import text_string_to_metric_families
from tqdm import tqdm
from webui_peer import Peer
from webui_sockets import Socket, question

NAME = "raglan_hub_delay_seconds"
CHATS, CROWD, TIMES, TABS, MESSAGES, FLOODS = 50, 200, 3, 4, 2_000, 8
QUIET_SECONDS = 8
FINE, HELD = 0.01, 0.05
TOO_LONG = 0.25
"""Seconds."""


def burn(seconds: float) -> None:
    """Keep a core busy."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(10_000))


class Faults:
    """What goes wrong, each as a method without arguments."""

    def __init__(self, peer: Peer) -> None:
        """Initialize with the server; everybody asks as one person."""
        self.peer = peer
        self.model = peer.model()

    def nothing(self) -> None:
        """Let the server rest."""
        time.sleep(QUIET_SECONDS)

    def busy(self) -> None:
        """Keep both cores busy beside a server that nobody asks."""
        pair = [multiprocessing.Process(target=burn, args=(QUIET_SECONDS,)) for _ in range(2)]
        for one in pair:
            one.start()
        for one in pair:
            one.join()

    def many(self) -> None:
        """Let many chats be answered at once."""
        with ThreadPoolExecutor(CHATS) as pool:
            list(pool.map(lambda _: question(self.peer, self.model), range(CHATS)))

    def killed(self) -> None:
        """Kill a worker while many chats are answered; those that it answers end with an error."""
        with ThreadPoolExecutor(CHATS) as pool:
            asked = [pool.submit(question, self.peer, self.model) for _ in range(CHATS)]
            time.sleep(1)
            workers(self.peer)[0].kill()
            for one in asked:
                one.exception()  # a socket of the worker that died is closed

    def crowd(self) -> None:
        """Let many sockets come back at once, some times."""
        for _ in range(TIMES):
            with ThreadPoolExecutor(CROWD) as pool:
                made = list(pool.map(Socket, [self.peer] * CROWD))
            for one in made:
                one.connection.close()

    def tabs(self) -> None:
        """Write a long chat from several tabs."""
        long = chat(1)
        messages = {
            f"m{place}": {
                "id": f"m{place}",
                "parentId": f"m{place - 1}" if place else None,
                "childrenIds": [f"m{place + 1}"] if place + 1 < MESSAGES else [],
                "role": "assistant" if place % 2 else "user",
                "content": words(60, place),
            }
            for place in range(MESSAGES)
        }
        long["history"] = {"currentId": f"m{MESSAGES - 1}", "messages": messages}
        made = self.peer.call("POST", "/api/v1/chats/new", json={"chat": long})["id"]
        with ThreadPoolExecutor(TABS) as pool:
            body = {"chat": {"history": long["history"]}}
            path = f"/api/v1/chats/{made}"
            list(pool.map(lambda _: self.peer.call("POST", path, json=body), range(2 * TABS)))

    def flood(self) -> None:
        """Let a model send events that are far too large."""
        with ThreadPoolExecutor(FLOODS) as pool:
            text = "Send a flood."
            list(pool.map(lambda _: question(self.peer, self.model, text), range(FLOODS)))


FAULTS: dict[str, Callable[[Faults], None]] = {
    "nothing": Faults.nothing,
    "two busy programs": Faults.busy,
    f"{CHATS} chats at once": Faults.many,
    f"{CROWD} sockets at once": Faults.crowd,
    f"{MESSAGES} messages from {TABS} tabs": Faults.tabs,
    f"{FLOODS} events of 5 MB": Faults.flood,
    f"a worker killed beneath {CHATS} chats": Faults.killed,
}


def workers(peer: Peer) -> list[psutil.Process]:
    """Return the web workers."""
    return [
        one for one in peer.tree() if "gunicorn" in " ".join(one.cmdline()) and not one.children()
    ]


def buckets(address: str) -> dict[float, float]:
    """Return how many looks were within each bound, in seconds, of all workers."""
    text = requests.get(address, timeout=30).text
    found: dict[float, float] = {}
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            if one.name == f"{NAME}_bucket":
                bound = float(one.labels["le"])
                found[bound] = found.get(bound, 0) + one.value
    return found


def main() -> None:
    """Measure each fault and print a table; ends with status 1 when a loop is held too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faults", nargs="*", help="; ".join(FAULTS))
    wanted = parser.parse_args().faults or list(FAULTS)
    rows, longest = [], {}
    port = free_port()
    with endpoint_of_models() as endpoint, tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "index.html").write_text("front end", encoding="utf-8")
        settings = {
            "RAGLAN_MODELS__CHAT_MODEL": "bench@Endpoint",
            "RAGLAN_MODELS__CHAT_BASE_URL": endpoint,
            "RAGLAN_FRONTEND__DIR": folder,
            "RAGLAN_METRICS__PORT": str(port),
        }
        with running_server(**settings) as server:
            faults = Faults(Peer("Raglan", server.url, EMAIL, PASSWORD, server.pid))
            time.sleep(QUIET_SECONDS)
            for name in tqdm(wanted):
                address = f"http://127.0.0.1:{port}/metrics"
                before = buckets(address)
                FAULTS[name](faults)
                time.sleep(1)
                found = {key: value - before[key] for key, value in buckets(address).items()}
                most = max(found.values())
                longest[name] = min(key for key, value in found.items() if value == most)
                share = [f"{found[bound] / most:.1%}" for bound in (FINE, HELD)]
                rows.append([name, f"{most:.0f}", *share, f"{longest[name] * 1000:g} ms"])
    print_table(rows, ["what goes wrong", "looks", "within 10 ms", "within 50 ms", "longest below"])
    if max(longest.values()) > max(TOO_LONG, longest.get("two busy programs", 0)):
        sys.exit("An event loop was held too long.")


if __name__ == "__main__":
    main()
