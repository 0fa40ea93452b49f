"""CPU of a list of 20 datasets, of which five are granted through groups, against one's own 20.

    python granted_lists.py [COMMIT]

Each list has a process of its own, in which it is asked for through the application, without a
socket, on SQLite; they work in turns, and the least of many short rounds counts. The account to
which something is granted is in five groups, each of which has a grant. With a commit, that
version's code lists 20 datasets of one's own, too.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from common import ROOT, print_table
from flask.testing import FlaskClient
from tqdm import tqdm

from api.config.sources import load_settings
from api.container import Services, build
from api.db.migrate import migrate
from api.http.application import attach, create_app
from api.leases.database import migration_lease
from api.services.accounts.records import AccountRole
from api.services.accounts.values import NewAccount
from api.services.configuration.following import follow_settings

ROUNDS = 120
CALLS = 10
DATASETS = 20
GRANTED = 5
BUDGET = "1.15 x"
URL = "/api/v1/datasets"
OWN, SOME_GRANTED = "own", "granted"


class Lister:
    """A process that lists datasets by the code of a folder."""

    def __init__(self, kind: str, place: Path) -> None:
        """Start it."""
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--list", kind],
            env={**os.environ, "PYTHONPATH": str(place)},
            cwd=place,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.spent: list[float] = []

    def go_on(self) -> None:
        """Have it list some times, and keep the CPU time of a call, in us."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("go on\n")
        self.process.stdin.flush()
        self.spent.append(float(self.process.stdout.readline()))

    def end(self) -> None:
        """End it."""
        self.process.communicate()


@contextmanager
def version(commit: str) -> Iterator[Path]:
    """Have the code of a commit in a folder."""
    with TemporaryDirectory() as made:
        place = Path(made) / "code"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "-q", "--detach", str(place), commit], check=True)
        try:
            yield place
        finally:
            subprocess.run([*git, "remove", "--force", str(place)], check=True)


def main(commit: str = "") -> None:
    """Measure in turns and print a table."""
    with ExitStack() as stack:
        wanted = {
            f"list of {DATASETS} datasets of one's own": (OWN, ROOT),
            f"the same, {GRANTED} of them granted through groups": (SOME_GRANTED, ROOT),
        }
        if commit:
            place = stack.enter_context(version(commit))
            wanted = {f"{DATASETS} of one's own, at {commit}": (OWN, place), **wanted}
        listers = {name: Lister(*what) for name, what in wanted.items()}
        for one in listers.values():
            stack.callback(one.end)
        for _ in tqdm(range(ROUNDS), desc="lists"):
            for one in listers.values():
                one.go_on()
    spent = {name: min(one.spent) for name, one in listers.items()}
    first = next(iter(spent.values()))
    rows = [
        [name, f"{cpu:.0f} us", f"{cpu / first:.2f} x", BUDGET if "granted" in name else ""]
        for name, cpu in spent.items()
    ]
    print_table(rows, ["what", "CPU each", "of the first", "budget"])


def list_again(kind: str) -> None:
    """List as often as somebody says to go on, and print what a call takes."""
    with TemporaryDirectory() as folder:
        os.environ["RAGLAN_DATA_DIR"] = folder  # what follows the settings reads it again
        services = build(load_settings(os.environ))
        migrate(services.database, migration_lease(services.database))
        app = create_app()
        attach(app, services)
        follow(services)
        asker = client_of(app.test_client(), services, "asker")
        count = DATASETS - GRANTED if kind == SOME_GRANTED else DATASETS
        for number in range(count):
            asker.post(URL, json={"name": f"dataset {number}"})
        if kind == SOME_GRANTED:
            giver = client_of(app.test_client(), services, "giver", role=AccountRole.ADMINISTRATOR)
            grant(giver, services.accounts.accounts.user_id_of("asker@example.org"))
        assert asker.get(URL).json["total_datasets"] == DATASETS
        for _ in sys.stdin:
            print(spent_on(asker), flush=True)


def follow(services: Services) -> None:
    """Look at settings and revocations as a worker does; earlier versions know less of these."""
    if hasattr(services.accounts, "remembered"):
        services.configuration.stored.on_look = services.accounts.remembered.see
    follow_settings(services.configuration, services.live)


def client_of(
    client: FlaskClient, services: Services, name: str, role: AccountRole = AccountRole.USER
) -> FlaskClient:
    """Make an account and return a client that sends a key of it."""
    new = NewAccount(f"{name}@example.org", "a long password")
    account = services.accounts.accounts.create_user(new, role)
    key = services.accounts.keys.create(account.principal).key
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


def grant(giver: FlaskClient, user_id: str) -> None:
    """Make datasets, and grant each to a group that somebody is in."""
    for number in range(GRANTED):
        name = f"group {number}"
        giver.post("/api/v1/groups", json={"name": name, "user_ids": [user_id]})
        dataset = giver.post(URL, json={"name": f"shared {number}"}).json["data"]["id"]
        grants = {"grants": [{"subject": "group", "name": name, "level": "read"}]}
        assert giver.put(f"{URL}/{dataset}/grants", json=grants).status_code == 200


def spent_on(client: FlaskClient) -> float:
    """Return the CPU time of a call, in us."""
    begun = time.process_time()
    for _ in range(CALLS):
        with client.get(URL) as answer:
            assert answer.status_code == 200
    return (time.process_time() - begun) / CALLS * 1e6


if __name__ == "__main__":
    if sys.argv[1:2] == ["--list"]:
        list_again(sys.argv[2])
    else:
        main(*sys.argv[1:2])
