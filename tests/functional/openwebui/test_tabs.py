"""A chat that is written from several tabs, and by programs beside them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.db.base import now_ms
from api.schemas.openwebui.events import present_ended
from api.services.accounts.records import Principal
from api.services.webui.records import Said
from tests.functional.conftest import Member
from tests.functional.openwebui.test_chats import ANSWER, QUESTION, history, kept
from tests.functional.openwebui.test_search import found
from tests.functional.openwebui.test_shares import CHATS
from tests.functional.openwebui.test_tasks import asked

AT_ONCE = 6


@pytest.fixture
def asker(member: Member) -> Principal:
    """Return who asks."""
    return Principal(member.account.id, member.account.id)


def test_questions_from_several_tabs_at_once_are_all_kept(
    web: FlaskClient, services: Services, asker: Principal
) -> None:
    chat = kept(web)["id"].replace("-", "")

    def ask(number: int) -> None:
        question = {"id": f"asked{number}", "role": "user", "content": f"lamp {number}"}
        given = asked(chat_id=chat, user_message=question, id=f"said{number}")
        [(task, _)] = services.webui.tasks.ask(asker, given).tasks
        services.webui.tasks.keep(task, Said(f"answer {number}", done=True))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(ask, range(AT_ONCE)))
    messages = web.get(f"{CHATS}/{chat}").json["chat"]["history"]["messages"]
    assert messages.keys() == {"q", "a1", "a2"} | {
        f"{kind}{number}" for kind in ("asked", "said") for number in range(AT_ONCE)
    }
    assert all(messages[f"said{n}"]["content"] == f"answer {n}" for n in range(AT_ONCE))


def test_a_history_of_another_tab_ends_no_answer_that_is_being_made(
    web: FlaskClient, services: Services, asker: Principal
) -> None:
    address = f"{CHATS}/{kept(web)['id']}"
    chat = address.rpartition("/")[2].replace("-", "")
    question = {"id": "q3", "role": "user", "content": "And now?", "parentId": "a2"}
    given = asked(chat_id=chat, user_message=question, id="a3", parent_id="a2")
    [(task, _)] = services.webui.tasks.ask(asker, given).tasks
    services.webui.tasks.keep(task, Said("At "))
    stale = history(("q", None, QUESTION), ("a2", "q", ANSWER))
    web.post(address, json={"chat": {"history": stale}})
    half = history(("q", None, QUESTION), ("a3", "q", ANSWER | {"content": "", "done": False}))
    web.post(address, json={"chat": {"history": half}})
    services.webui.tasks.keep(task, Said("At dusk.", done=True))
    messages = web.get(address).json["chat"]["history"]["messages"]
    assert (messages["a3"]["content"], messages["a3"]["parentId"]) == ("At dusk.", "q3")
    assert messages["q3"]["content"] == "And now?"
    web.post(address, json={"chat": {"history": stale}})
    assert web.get(address).json["chat"]["history"]["messages"].keys() == {"q", "a2"}


def test_what_a_program_tells_of_a_message_stays_with_it(web: FlaskClient) -> None:
    address = f"{CHATS}/{kept(web)['id']}"

    def tell(kind: str, data: object, status: int = 200) -> None:
        answer = web.post(f"{address}/messages/a1/event", json={"type": kind, "data": data})
        assert answer.status_code == status, answer.text

    tell("status", {"description": "Reading", "done": True})
    tell("source", {"document": ["x"]})
    tell("files", {"files": [{"id": "f"}]})
    tell("notification", {"content": "Done."})
    tell("message", {"content": " At six."})
    told = web.get(address).json["chat"]["history"]["messages"]["a1"]
    assert told["statusHistory"] == [{"description": "Reading", "done": True}]
    assert (told["sources"], told["files"]) == ([{"document": ["x"]}], [{"id": "f"}])
    assert told["content"] == "At dusk. At six."
    tell("replace", {"content": "Candles"})
    assert (found(web, "candles"), found(web, "six")) == (["Lamps"], [])
    tell("message", {"content": 1}, 400)
    tell("files", {"files": "x"}, 400)
    missing = web.post(f"{address}/messages/zz/event", json={"type": "status", "data": {}})
    assert missing.status_code == 404


def test_an_answer_that_has_ended_is_found_by_its_time_for_who_was_not_told(
    web: FlaskClient, services: Services, asker: Principal, other: FlaskClient
) -> None:
    kept(other)
    chat = kept(web)["id"].replace("-", "")
    begun = now_ms()
    for name, said in (("b1", Said("At dusk.", done=True)), ("b2", Said(error="No.", done=True))):
        question = {"id": f"q{name}", "role": "user", "content": "And now?"}
        [(task, _)] = services.webui.tasks.ask(
            asker, asked(chat_id=chat, user_message=question, id=name)
        ).tasks
        services.webui.tasks.keep(task, said)
    ended = {one.message_id: one for one in services.webui.ended.since(asker.user_id, begun)}
    assert (ended["b1"].text, ended["b2"].error) == ("At dusk.", "No.")
    told = [one["data"] for one in present_ended(ended["b2"])]
    assert [one["type"] for one in told] == [
        *("chat:message:error", "chat:completion", "chat:list", "chat:active"),
    ]
    assert services.webui.ended.since(asker.user_id, now_ms() + 60_000) == []
