"""Pieces of answers that wait for sockets are told as one, and nothing else changes."""

from api.http.sockets import Outgoing, joined
from api.schemas.openwebui.events import piece, present_told

CHAT, SECOND = "c" * 32, "d" * 32


def outgoing(event: object, room: str = "user:ada") -> Outgoing:
    return Outgoing("events", event, room)


def said(text: str, message: str = "m", chat: str = CHAT) -> Outgoing:
    return outgoing(present_told(chat, message, "chat:completion", piece(text)))


def other(kind: str, data: object, message: str = "m") -> Outgoing:
    return outgoing(present_told(CHAT, message, kind, data))


def text_of(event: object) -> object:
    match event:
        case {"data": {"data": {"choices": [{"delta": {"content": text}}]}}}:
            return text
    return None


def test_pieces_of_an_answer_that_wait_are_told_as_one() -> None:
    found = joined([said("The "), said("A ", "n"), said("keeper"), said(" lamp", "n"), said(".")])
    assert [text_of(one.data) for one in found] == ["The keeper.", "A  lamp"]


def test_nothing_that_comes_between_two_pieces_changes_its_place() -> None:
    events = [said("The "), other("status", {"done": True}), said("keeper")]
    assert joined(events) == events


def test_pieces_of_other_rooms_and_chats_stay_apart() -> None:
    events = [said("The "), said("keeper", chat=SECOND), outgoing(said("lit").data, "user:gil")]
    assert joined(events) == events


def test_what_a_piece_has_beside_its_text_is_not_lost() -> None:
    events = [said("The "), other("chat:completion", {**piece("keeper"), "usage": {"total": 3}})]
    assert joined(events) == events
