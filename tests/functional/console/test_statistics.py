"""How much assistants are used, by day."""

from typing import Any, NamedTuple

import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.models.chat import ChatMessage, ChatSession
from api.schemas.times import plain_time
from tests.functional.console.test_conversations import FIRST, LAMP, SECOND, Talk, begin
from tests.functional.console.test_dialogs import save
from tests.functional.corpus import Corpus
from tests.functional.library import API, data_of

DAY = 86_400_000
PAGES = ("/v1/api/stats", f"{API}/system/stats")
NOTHING: dict[str, list[Any]] = {
    key: [] for key in ("pv", "uv", "round", "thumb_up", "tokens", "speed")
}


def ask(client: FlaskClient, path: str = PAGES[0], **query: str) -> dict[str, Any]:
    found: dict[str, Any] = data_of(client.get(path, query_string=query))
    return found


class Used(NamedTuple):
    """Since when today is, in ms, and how many bytes its answers have."""

    start: int
    octets: int


@pytest.fixture
def used(console: FlaskClient, corpus: Corpus, services: Services) -> Used:
    """Have a session with two questions today and one without any the day before.

    Each answer took a quarter of a second.
    """
    dialog = save(console, kb_ids=[corpus.dataset_id])["id"]
    earlier = begin(console, dialog, "e" * 32)
    talk = Talk(console, dialog, begin(console, dialog)["id"])
    talk.whole(LAMP, FIRST)
    talk.whole(LAMP, SECOND)
    assert talk.post("thumbup", message_id=SECOND, thumbup=True)["code"] == 0
    with connection(services.database):
        begun = ChatSession.get_by_id(talk.conversation).create_time
        start: int = begun - begun % DAY
        moved = {"create_time": start - 1}
        ChatSession.update(moved).where(ChatSession.id == earlier["id"]).execute()
        ChatMessage.update(moved).where(ChatMessage.session_id == earlier["id"]).execute()
        these = ChatMessage.session_id == talk.conversation
        said = list(ChatMessage.select().where(these).order_by(ChatMessage.ordinal))
        for message in said:
            begins = begun + 250 * (message.ordinal % 2 == 0)
            ChatMessage.update(create_time=begins).where(ChatMessage.id == message.id).execute()
    answers = [message.content for message in said if message.ordinal and message.ordinal % 2 == 0]
    return Used(start, len("".join(answers).encode()))


def test_days_are_counted_in_utc(console: FlaskClient, client: FlaskClient, used: Used) -> None:
    today, before = plain_time(used.start), plain_time(used.start - DAY)
    found = ask(console)
    tokens = used.octets // 4
    assert tokens > 0
    assert found == {
        "pv": [[before, 1], [today, 1]],
        "uv": [[before, 1], [today, 1]],
        "round": [[before, 0], [today, 2]],
        "thumb_up": [[before, 0], [today, 1]],
        "tokens": [[before, 0], [today, tokens]],
        "speed": [[before, 0.0], [today, tokens * 2.0]],
    }
    assert ask(client, PAGES[1]) == found
    assert ask(console, from_date=today)["pv"] == [[today, 1]]
    assert ask(console, from_date=before[:10], to_date=before)["pv"] == [[before, 1]]
    assert ask(console, from_date=today, to_date=before) == NOTHING


def test_others_are_not_counted(stranger: FlaskClient, used: Used) -> None:
    assert used
    assert ask(stranger) == NOTHING


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("value", ["soon", "2026-13-01", ""])
def test_what_is_no_date_is_named(console: FlaskClient, value: str) -> None:
    answer = console.get(PAGES[0], query_string={"from_date": value}).get_json()
    assert (answer["code"], "A date must have the form" in answer["message"]) == (101, True)
