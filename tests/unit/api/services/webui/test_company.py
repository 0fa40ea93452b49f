"""Trees of messages that several people write in."""

import pytest

from api.errors import RuleError
from api.services.accounts.records import Principal
from api.services.webui.company import author_of, merged, own_files, signed_new
from api.services.webui.records import (
    GOES_ON,
    MOST_MESSAGES,
    Conversation,
    ConversationRow,
    Tree,
    TreeMessage,
)

ANN, BOB = "a" * 32, "b" * 32
FILE = {"type": "file", "id": "1"}


def message(name: str, author: str = "", parent: str = "", **body: object) -> TreeMessage:
    """Return a message of somebody."""
    who = {"user_id": author} if author else {}
    return TreeMessage(name, parent, {"role": "user", "content": name, **who, **body})


def chat(mode: str, *messages: TreeMessage) -> Conversation:
    """Return a chat of Ann's, which names a file."""
    row = ConversationRow(
        "c" * 32,
        ANN,
        "Lamps",
        "",
        is_pinned=False,
        is_archived=False,
        last_read_time=0,
        create_time=0,
        update_time=0,
    )
    return Conversation(row, {"files": [FILE]}, Tree("", messages), mode=mode, is_open=bool(mode))


def test_messages_of_others_stay_and_ones_own_change() -> None:
    before = Tree("bobs", (message("old"), message("anns", ANN), message("bobs", BOB)))
    given = Tree(
        "new",
        (
            message("anns", ANN, content="x"),
            message("bobs", BOB, content="x"),
            message("new", BOB, user={"name": "Bob"}),
        ),
    )
    found = merged(given, before, ANN, ANN)
    assert found.current_id == "new"
    assert [(one.message_id, one.body["content"]) for one in found.messages] == [
        ("old", "old"),
        ("anns", "x"),
        ("bobs", "bobs"),
        ("new", "new"),
    ]
    assert [author_of(one, ANN) for one in found.messages] == [ANN, ANN, BOB, ANN]
    assert "user" not in found.messages[-1].body


def test_there_are_no_more_messages_than_a_chat_has() -> None:
    before = Tree("", tuple(message(str(number)) for number in range(MOST_MESSAGES)))
    with pytest.raises(RuleError, match="at most"):
        merged(Tree("", (message("more"),)), before, ANN, ANN)


def test_what_is_new_is_signed() -> None:
    before = Tree("", (message("old", BOB),))
    found = signed_new(Tree("", (*before.messages, message("new", BOB))), before, ANN)
    assert [one.body["user_id"] for one in found.messages] == [BOB, ANN]


def test_only_files_count_that_who_asks_has_named() -> None:
    messages = message("anns", ANN, files=[FILE]), message("bobs", BOB, "anns", files=[FILE])
    for who, named, of_chat in ((ANN, ["anns"], {"files": [FILE]}), (BOB, ["bobs"], {})):
        kept = chat(GOES_ON, *messages)
        tree, body = own_files(kept, kept.tree, Principal(who, who))
        assert [one.message_id for one in tree.messages if "files" in one.body] == named
        assert body == of_chat
    kept = chat("", *messages)
    assert own_files(kept, kept.tree, Principal(ANN, ANN)) == (kept.tree, kept.body)
