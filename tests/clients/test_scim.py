"""A tester of SCIM servers against a started server."""

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
