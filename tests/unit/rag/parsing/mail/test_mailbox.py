"""Mailboxes."""

from collections.abc import Callable

import pytest

from rag.errors import ParseError
from rag.parsing.mail import mailbox
from rag.types import Page

TextsOf = Callable[[str, bytes], list[str]]
Parse = Callable[..., list[Page]]

BOX = b"""From ann@example.org Fri Mar 14 09:00:00 2025
Subject: One
From: ann@example.org

First words.
From here on it is text.

>From here, too.

From bob@example.org Fri Mar 14 10:00:00 2025
Subject: Two

Second words.
"""


def test_messages_come_one_after_the_other(texts_of: TextsOf) -> None:
    assert texts_of("a.mbox", BOX) == [
        *("One", "From: ann@example.org"),
        *("First words.\nFrom here on it is text.", "From here, too."),
        *("Two", "Second words."),
    ]


def test_a_message_that_cannot_be_read_is_named_and_the_others_are(parse: Parse) -> None:
    locked = b"From x\nContent-Type: multipart/encrypted; boundary=B\n\n--B--\n\n"
    *pages, last = parse("a.mbox", locked + BOX)
    assert "is encrypted" in last.note
    assert "Second words." in [block.text for page in pages for block in page.blocks]


def test_a_message_over_the_limit_is_named(parse: Parse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "MAX_BYTES", 60)
    *pages, last = parse("a.mbox", BOX)
    assert "a message over the limit" in last.note
    assert [block.text for page in pages for block in page.blocks] == ["Two", "Second words."]


def test_what_is_no_mailbox_is_refused(parse: Parse) -> None:
    with pytest.raises(ParseError, match=r"a\.mbox is no mailbox"):
        parse("a.mbox", b"Subject: x\n\nwords")


def test_an_empty_mailbox_has_no_messages(texts_of: TextsOf) -> None:
    assert texts_of("a.mbox", b"") == []
