"""A tester of SCIM servers against a started server."""

import time

import requests

from tests.clients.environments import python_client
from tests.running import KEY
from tests.service.web import WebServer

TESTER = ("scim2-tester[httpx2]==0.5.2", "scim2-client==0.13.2", "scim2-models==0.12.3")

NOT_BUILT = "searching several resource types at once is not supported"


def test_the_tester_has_nothing_to_say(server: WebServer) -> None:
    told = python_client(*TESTER).run("scim_tester.py", f"{server.url}/scim/v2", KEY)
    others = [one for one in told["others"] if NOT_BUILT not in one["reason"]]
    assert not others, others
    assert told["fine"] > 60


def test_a_leaver_is_refused_on_every_worker(server: WebServer) -> None:
    """Each request is a connection of its own, which either of the two workers takes."""
    scim = {"Authorization": f"Bearer {KEY}"}
    people = f"{server.url}/scim/v2/Users"
    leaver = {"userName": "leaver@example.org", "password": "correct horse"}
    made = requests.post(people, json=leaver, headers=scim, timeout=30).json()
    sign_in = {"email": "leaver@example.org", "password": "correct horse"}
    signed_in = requests.post(f"{server.url}/v1/user/login", json=sign_in, timeout=30)
    token = {"Authorization": signed_in.headers["Authorization"]}

    def statuses(count: int) -> set[int]:
        address = f"{server.url}/api/v1/datasets"
        return {requests.get(address, headers=token, timeout=30).status_code for _ in range(count)}

    assert statuses(20) == {200}
    change = {"Operations": [{"op": "Replace", "path": "active", "value": "False"}]}
    told = requests.patch(f"{people}/{made['id']}", json=change, headers=scim, timeout=30)
    assert told.json()["active"] is False
    begun = time.monotonic()
    while time.monotonic() < begun + 1:  # a second is what it may take
        statuses(1)
    assert statuses(40) == {401}
