"""Events that tell people what happens in their chats."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import orjson

from api.schemas.openwebui.conversation import dashed
from api.services.webui.ended import Ended
from api.services.webui.grounding import statuses
from api.services.webui.outputs import ANSWERED, Item, id_of, message, output_of, thoughts
from api.services.webui.records import Grounds, Said, TaskRecord
from api.services.webui.writing import Kind, Written

MOST_TOLD = 14_000
"""Characters of a whole answer that its last event has; longer ones are read from the chat."""

Event = Mapping[str, object]


def event(task: TaskRecord, kind: str, data: object) -> Event:
    """Return an event about an answer."""
    return present_told(task.chat_id, task.message_id, kind, data)


def present_told(chat_id: str, message_id: str, kind: str, data: object) -> Event:
    """Return an event about a message."""
    return {
        "chat_id": dashed(chat_id),
        "message_id": message_id,
        "data": {"type": kind, "data": data},
    }


def present_active(task: TaskRecord, *, active: bool) -> Event:
    """Return that an answer is being made, or no longer."""
    return event(task, "chat:active", {"active": active, "folder_id": None})


def present_chosen(task: TaskRecord, model: str) -> Event:
    """Return which model answers under a cover name."""
    return event(task, "chat:completion", {"selected_model_id": model})


def present_list(task: TaskRecord) -> Event:
    """Return that the list of chats has changed."""
    return event(task, "chat:list", {"chat_id": dashed(task.chat_id), "folder_id": None})


def present_delta(task: TaskRecord, text: str) -> Event:
    """Return a piece of an answer."""
    return event(task, "chat:completion", piece(text))


def piece(text: str) -> Mapping[str, object]:
    """Return a piece of an answer as OpenAI's API has it."""
    return {"choices": [{"index": 0, "delta": {"content": text}}]}


def joined_pieces(first: object, second: Event) -> Event | None:
    """Return two pieces of an answer as one; None where either is something else."""
    before, after = text_of(first), text_of(second)
    if before is None or after is None:
        return None
    return {**second, "data": {"type": "chat:completion", "data": piece(before + after)}}


def text_of(told: object) -> str | None:
    """Return the text of an event that is a piece of an answer, and nothing beside it."""
    match told:
        case {"data": {"type": "chat:completion", "data": {"choices": [{"delta": delta}]} as data}}:
            text = str(delta.get("content"))
            return text if data == piece(text) else None
    return None


def present_grounds(task: TaskRecord, grounds: Grounds) -> list[Event]:
    """Return what an answer rests on: what is missing, and the sources, as long as they may be."""
    told = [event(task, "status", one) for one in statuses(grounds)]
    if grounds.sources:
        told.append(event(task, "chat:completion", {"sources": shortened(grounds.sources)}))
    return told


def shortened(sources: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """Return sources whose texts are cut to what an event may have together."""
    texts = [text for one in sources for text in texts_of(one)]
    room = MOST_TOLD // 2 // max(len(texts), 1)
    return [{**one, "document": [text[:room] for text in texts_of(one)]} for one in sources]


def texts_of(source: Mapping[str, object]) -> list[str]:
    """Return the texts of a source."""
    found = source.get("document")
    return [str(text) for text in found] if isinstance(found, list) else []


def present_growth(task: TaskRecord, before: Said, after: Said) -> Iterator[Event]:
    """Yield what is new of an answer: text alone, or items where a model thinks or uses tools.

    An item of thoughts begins, grows and ends, then one of text begins and grows.
    """
    thought, said = (after.reasoning[len(before.reasoning) :], after.text[len(before.text) :])
    if not after.has_items():
        if said:
            yield present_delta(task, said)
        return
    place = len(after.earlier)
    if thought:
        if not before.reasoning:
            blank = replace(after, reasoning="")
            yield typed(task, "output_item.added", place, item=thoughts(task.id, blank))
        yield typed(task, "reasoning_text.delta", place, id_of("r", task.id, after), thought)
    if said:
        if after.thought_until and not before.thought_until:
            yield from present_turn(task, before, after, place)
        place += bool(after.reasoning)
        yield typed(task, "output_text.delta", place, id_of("msg", task.id, after), said)


def present_use(task: TaskRecord, before: Said, after: Said) -> Iterator[Event]:
    """Yield what is new of the items of an answer in which a tool is used, or has been.

    Long ones are cut, or read from the chat at the end.
    """
    for place, item in enumerate(after.earlier):
        if place < len(before.earlier) and item == before.earlier[place]:
            continue
        kind = "added" if item.get("status") == "in_progress" else "done"
        told = shown(item)
        if told is not None:
            yield typed(task, f"output_item.{kind}", place, item=told)


def shown(item: Item) -> Item | None:
    """Return an item as an event may have it: what came of a tool is cut; None for a long one."""
    if item.get("type") == ANSWERED:
        text = "".join(str(one["text"]) for one in parts_of(item))
        cut = {"type": "input_text", "text": text[: MOST_TOLD // 2]}
        return {**item, "output": [cut]}
    return item if len(orjson.dumps(item)) <= MOST_TOLD else None


def parts_of(item: Item) -> list[Mapping[str, object]]:
    """Return what came of a tool."""
    found = item.get("output")
    return list(found) if isinstance(found, list) else []


def present_turn(task: TaskRecord, before: Said, after: Said, place: int) -> Iterator[Event]:
    """Yield that a model has thought, and speaks; long thoughts are not told once more."""
    if len(after.reasoning) <= MOST_TOLD:
        yield typed(task, "output_item.done", place, item=thoughts(task.id, after))
    yield typed(task, "output_item.added", place + 1, item=message(task.id, before))


def typed(
    task: TaskRecord,
    kind: str,
    place: int,
    item_id: str = "",
    delta: str = "",
    *,
    item: Item | None = None,
) -> Event:
    """Return what happens to an item of an answer."""
    found: dict[str, object] = {"type": f"response.{kind}", "output_index": place}
    if item is None:
        found |= {"item_id": item_id, "content_index": 0, "delta": delta}
    else:
        found["item"] = item
    return event(task, "response:completion", found)


def present_so_far(task: TaskRecord, said: Said) -> Event:
    """Return all that there is of an answer, for those who do not hear its pieces."""
    output = output_of(task.id, said)
    told = {"content": said.text, **({"output": output} if output else {})}
    return event(task, "chat:completion", told)


def present_end(task: TaskRecord, said: Said) -> Event:
    """Return that an answer is whole, with its text."""
    whole: dict[str, object] = {}
    size = len(said.text) + len(said.reasoning) + len(orjson.dumps(said.earlier))
    if (said.text or said.reasoning or said.earlier) and size <= MOST_TOLD:
        output = output_of(task.id, said)
        whole = {"content": said.text, **({"output": output} if output else {})}
    usage = {"usage": said.usage} if said.usage else {}
    return event(task, "chat:completion", {"done": True, **whole, **usage})


def present_ended(ended: Ended) -> list[Event]:
    """Return the last events of an answer once more, for who may not have heard them."""
    task = TaskRecord("", "", ended.chat_id, ended.message_id, is_stopped=False)
    said = Said(ended.text, error=ended.error, done=True)
    failed = [present_failed(task, ended.error)] if ended.error else []
    ends = present_end(task, said), present_list(task), present_active(task, active=False)
    return [*failed, *ends]


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
