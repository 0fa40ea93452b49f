"""Chats of thousands of messages: written whole and again, from several tabs, and read back."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config.settings import Settings
from api.container import Services
from api.schemas.openwebui.conversation import ConversationRequest
from api.services.accounts.records import Principal
from api.services.webui.records import ConversationChange
from tests.functional.conftest import Member
from tests.functional.openwebui.test_chats import ANSWER, QUESTION, history, kept
from tests.functional.openwebui.test_search import found
from tests.functional.openwebui.test_shares import CHATS
from tests.functional.test_fronting import with_settings

LONG = 2_000
"""Messages."""

LARGE = 20 << 20
"""Bytes of a chat, which has to be allowed for."""

TABS = 4


def said(count: int, text: str = "lamp {}") -> dict[str, Any]:
    """Return a history of one branch."""
    return history(
        *(
            (
                f"m{place}",
                f"m{place - 1}" if place else None,
                {**(ANSWER if place % 2 else QUESTION), "content": text.format(place)},
            )
            for place in range(count)
        )
    )


def test_a_long_chat_comes_back_as_it_was_written(web: FlaskClient) -> None:
    given = said(LONG)
    given["messages"]["m1"] |= {"n": 1.5, "deep": {"id": "x", "list": [{}]}, "tab": '\\"é\u2028'}
    address = f"{CHATS}/{kept(web, history=given)['id']}"
    answer = web.get(address)
    chat = answer.json["chat"]
    assert chat["history"]["currentId"] == f"m{LONG - 1}"
    assert chat["history"]["messages"].keys() == given["messages"].keys()
    for place, (name, message) in enumerate(given["messages"].items()):
        children = [f"m{place + 1}"] if place + 1 < LONG else []
        assert chat["history"]["messages"][name] == {**message, "childrenIds": children}
    assert chat["messages"] == [chat["history"]["messages"][f"m{place}"] for place in range(LONG)]
    again = web.post(address, json={"chat": {"history": chat["history"]}}).json
    assert again["chat"] == chat
    assert web.get(address).json == again


def test_a_change_of_a_long_chat_is_kept_and_found(web: FlaskClient) -> None:
    address = f"{CHATS}/{kept(web, history=said(LONG))['id']}"
    changed = said(LONG + 2)
    changed["messages"]["m7"]["content"] = "beacon"
    del changed["messages"]["m9"]
    changed["messages"]["m10"]["parentId"] = "m8"
    shown = web.post(address, json={"chat": {"history": changed, "title": "Dusk"}}).json
    assert web.get(address).json == shown
    messages = shown["chat"]["history"]["messages"]
    assert messages.keys() == changed["messages"].keys()
    assert (messages["m7"]["content"], messages["m8"]["childrenIds"]) == ("beacon", ["m10"])
    assert found(web, "beacon") == found(web, f"lamp {LONG + 1}") == ["Dusk"]


def test_tabs_that_write_one_chat_at_once_leave_one_whole(
    web: FlaskClient, services: Services, member: Member
) -> None:
    chat = kept(web, history=said(3))["id"].replace("-", "")
    asker = Principal(member.account.id, member.account.id)
    given = [
        ConversationRequest(chat={"history": said(50 + tab, f"tab{tab} {{}}")}).change()
        for tab in range(TABS)
    ]

    def write(change: ConversationChange) -> None:
        services.webui.conversations.change(asker, chat, change)

    with ThreadPoolExecutor(TABS) as pool:
        list(pool.map(write, given))
    messages = web.get(f"{CHATS}/{chat}").json["chat"]["history"]["messages"]
    assert {message["content"].split()[0] for message in messages.values()} == {
        f"tab{len(messages) - 50}"
    }


def test_a_chat_of_twenty_megabytes_is_written_and_read_back(
    app: Flask, settings: Settings, web: FlaskClient
) -> None:
    with_settings(app, settings, "server", max_json_bytes=2 * LARGE)
    large = said(20, "x" * (LARGE // 20) + " {}")
    made = kept(web, history=large)
    messages = web.get(f"{CHATS}/{made['id']}").json["chat"]["history"]["messages"]
    for name, one in large["messages"].items():
        assert messages[name]["content"] == one["content"]


@pytest.mark.parametrize(
    ("broken", "field"),
    [({"m1": []}, "chat.history.messages"), ({"m1": {"parentId": "a b"}}, "parentId")],
)
def test_a_long_chat_that_is_broken_names_its_field(
    web: FlaskClient, broken: dict[str, object], field: str
) -> None:
    given = said(LONG)
    given["messages"] |= broken
    answer = web.post(f"{CHATS}/new", json={"chat": {"title": "Lamps", "history": given}})
    assert (answer.status_code, answer.json["detail"].startswith(field)) == (400, True), answer.text
