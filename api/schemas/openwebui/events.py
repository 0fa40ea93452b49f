"""Events that tell people what happens in their chats."""

from collections.abc import Mapping

from api.schemas.openwebui.conversation import dashed
from api.services.webui.records import Said, TaskRecord
from api.services.webui.writing import Kind, Written

MOST_TOLD = 14_000
"""Characters of a whole answer that its last event has, so that it goes from a process to another
in one datagram, whatever they are; longer ones are read from the chat."""

Event = Mapping[str, object]


def event(task: TaskRecord, kind: str, data: object) -> Event:
    """Return an event about an answer."""
    return {
        "chat_id": dashed(task.chat_id),
        "message_id": task.message_id,
        "data": {"type": kind, "data": data},
    }


def present_active(task: TaskRecord, *, active: bool) -> Event:
    """Return that an answer is being made, or no longer."""
    return event(task, "chat:active", {"active": active, "folder_id": None})


def present_list(task: TaskRecord) -> Event:
    """Return that the list of chats has changed."""
    return event(task, "chat:list", {"chat_id": dashed(task.chat_id), "folder_id": None})


def present_delta(task: TaskRecord, text: str) -> Event:
    """Return a piece of an answer."""
    return event(task, "chat:completion", {"choices": [{"index": 0, "delta": {"content": text}}]})


def present_end(task: TaskRecord, said: Said) -> Event:
    """Return that an answer is whole, with its text."""
    whole = {"content": said.text} if 0 < len(said.text) <= MOST_TOLD else {}
    usage = {"usage": said.usage} if said.usage else {}
    return event(task, "chat:completion", {"done": True, **whole, **usage})


def present_written(task: TaskRecord, written: Written) -> Event:
    """Return what was written about a chat."""
    texts = list(written.texts)
    if written.kind is Kind.TITLE:
        return event(task, "chat:title", written.text)
    if written.kind is Kind.TAGS:
        return event(task, "chat:tags", texts)
    return event(task, "chat:message:follow_ups", {"follow_ups": texts})


def present_failed(task: TaskRecord, error: str) -> Event:
    """Return why an answer breaks off."""
    return event(task, "chat:message:error", {"error": {"content": error}})


def present_stopped(task: TaskRecord) -> Event:
    """Return that somebody has stopped an answer."""
    return event(task, "chat:tasks:cancel", {})
