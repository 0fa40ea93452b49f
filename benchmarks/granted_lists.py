"""CPU of a list of 20 datasets, of which five are granted through groups, against one's own 20.

Both are asked in turns in one process, through the application, without a socket; SQLite. The
account is in five groups, each of which has a grant.
"""

import time
from statistics import median
from tempfile import TemporaryDirectory

from common import print_table
from flask.testing import FlaskClient
from tqdm import tqdm

from api.config.sources import load_settings
from api.container import Services, build
from api.db.migrate import migrate
from api.http.application import attach, create_app
from api.leases.database import migration_lease
from api.services.accounts.records import AccountRole
from api.services.accounts.values import NewAccount

ROUNDS = 60
CALLS = 25
DATASETS = 20
GRANTED = 5
URL = "/api/v1/datasets"


def main() -> None:
    """Measure both in turns and print a table."""
    with TemporaryDirectory() as folder:
        services = build(load_settings({"RAGLAN_DATA_DIR": folder}))
        migrate(services.database, migration_lease(services.database))
        app = create_app()
        attach(app, services)
        keys = made(services)
        own, granted = (client_of(app.test_client(), key) for key in keys[:2])
        fill(own, granted, client_of(app.test_client(), keys[2]), services)
        spent: dict[str, list[float]] = {"own": [], "granted": []}
        for _ in tqdm(range(ROUNDS), desc="lists"):
            for name, client in (("own", own), ("granted", granted)):
                spent[name].append(spent_on(client))
        mine, theirs = (median(spent[name]) for name in ("own", "granted"))
    print_table(
        [
            [f"list of {DATASETS} datasets of one's own", f"{mine:.0f} us", "", ""],
            [
                f"the same, {GRANTED} of them granted through groups",
                f"{theirs:.0f} us",
                f"{theirs / mine:.2f} x",
                "1.15 x",
            ],
        ],
        ["what", "CPU each", "of one's own", "budget"],
    )


def made(services: Services) -> list[str]:
    """Make accounts: two that list, and an administrator whose datasets are granted."""
    keys = []
    for name in ("own", "granted", "giver"):
        new = NewAccount(f"{name}@example.org", "a long password")
        role = AccountRole.ADMINISTRATOR if name == "giver" else AccountRole.USER
        account = services.accounts.accounts.create_user(new, role)
        keys.append(services.accounts.keys.create(account.principal).key)
    return keys


def client_of(client: FlaskClient, key: str) -> FlaskClient:
    """Return a client that sends a key."""
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


def fill(own: FlaskClient, granted: FlaskClient, giver: FlaskClient, services: Services) -> None:
    """Make the datasets, the groups and the grants."""
    for number in range(DATASETS):
        own.post(URL, json={"name": f"dataset {number}"})
    for number in range(DATASETS - GRANTED):
        granted.post(URL, json={"name": f"dataset {number}"})
    user_id = services.accounts.accounts.user_id_of("granted@example.org")
    for number in range(GRANTED):
        name = f"group {number}"
        giver.post("/api/v1/groups", json={"name": name, "user_ids": [user_id]})
        dataset = giver.post(URL, json={"name": f"shared {number}"}).json["data"]["id"]
        grants = {"grants": [{"subject": "group", "name": name, "level": "read"}]}
        assert giver.put(f"{URL}/{dataset}/grants", json=grants).status_code == 200
    for client in (own, granted):
        assert client.get(URL).json["total_datasets"] == DATASETS


def spent_on(client: FlaskClient) -> float:
    """Return the CPU time of a call, in us."""
    begun = time.process_time()
    for _ in range(CALLS):
        with client.get(URL) as answer:
            assert answer.status_code == 200
    return (time.process_time() - begun) / CALLS * 1e6


if __name__ == "__main__":
    main()
