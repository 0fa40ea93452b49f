"""An answer as a list of items: what the model thought, which tools it used, and what it says."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from api.services.tools.records import Use
from api.services.webui.records import Said

Item = Mapping[str, object]

TAGS = {"start_tag": "<think>", "end_tag": "</think>"}
"""What stands around thoughts where a client shows them as text."""

CALLED, ANSWERED = "function_call", "function_call_output"
"""The kinds of items of a tool that is used, and of what came of it."""


def output_of(task_id: str, said: Said) -> list[Item]:
    """Return the items of an answer; none where there is only text, which is enough then."""
    if not said.has_items():
        return []
    found = [broken_off(one) if said.done else one for one in said.earlier]
    if said.reasoning:
        found.append(thoughts(task_id, said))
    return [*found, message(task_id, said)]


def broken_off(item: Item) -> Item:
    """Return an item of an answer that is at its end: what goes on in it does no longer."""
    return {**item, "status": "incomplete"} if item.get("status") == "in_progress" else item


def thoughts(task_id: str, said: Said) -> Item:
    """Return what the model thought before it began to speak; times in seconds since 1970."""
    over = said.done or bool(said.thought_until)
    ends = said.thought_until or said.thought_since
    return {
        "type": "reasoning",
        "id": id_of("r", task_id, said),
        "status": "completed" if over else "in_progress",
        **TAGS,
        "attributes": {},
        "content": text_items(said.reasoning),
        "summary": None,
        "started_at": said.thought_since,
        "ended_at": ends if over else None,
        "duration": ends - said.thought_since if over else None,
    }


def message(task_id: str, said: Said) -> Item:
    """Return what the model says, after what it has spoken before it used a tool."""
    over = "incomplete" if said.error else "completed"
    return {
        "type": "message",
        "id": id_of("msg", task_id, said),
        "status": over if said.done else "in_progress",
        "role": "assistant",
        "content": text_items(said.text[said.spoken :]),
    }


def id_of(kind: str, task_id: str, said: Said) -> str:
    """Return the id of an item, of which there is one each time that the model is asked."""
    return f"{kind}_{task_id}_{said.turns}" if said.turns else f"{kind}_{task_id}"


def text_items(text: str) -> list[Item]:
    """Return the parts of an item."""
    return [{"type": "output_text", "text": text}] if text else []


def with_use(task_id: str, said: Said, use: Use) -> Said:
    """Return an answer in which a tool is used, or has been."""
    if use.result is None:
        return beginning(task_id, said, use)
    called = [
        called_item(use, "completed") if is_running(one, use) else one for one in said.earlier
    ]
    answered: Item = {
        "type": ANSWERED,
        "id": f"fco_{use.call.id}",
        "call_id": use.call.id,
        "output": [{"type": "input_text", "text": use.result}],
        "status": "completed",
    }
    return replace(said, earlier=(*called, answered))


def saying(said: Said, text: str) -> Said:
    """Return an answer that says something else; what was thought and used in it stays."""
    rest = tuple(one for one in said.earlier if one.get("type") != "message")
    return replace(said, text=text, spoken=0, earlier=rest)


def is_running(item: Item, use: Use) -> bool:
    """Return whether an item is that of a tool as it is used."""
    return item.get("status") == "in_progress" and item.get("call_id") == use.call.id


def beginning(task_id: str, said: Said, use: Use) -> Said:
    """Return an answer in which a tool begins to be used: all before it is whole."""
    whole = replace(said, done=True)
    before: list[Item] = [thoughts(task_id, whole)] if said.reasoning else []
    if said.text[said.spoken :].strip():
        before.append(message(task_id, whole))
    text = said.text if not said.text or said.text[-1].isspace() else f"{said.text}\n"
    return replace(
        said,
        text=text,
        spoken=len(text),
        reasoning="",
        thought_since=0,
        thought_until=0,
        turns=said.turns + bool(before),
        earlier=(*said.earlier, *before, called_item(use, "in_progress")),
    )


def called_item(use: Use, status: str) -> Item:
    """Return a tool that is used."""
    return {
        "type": CALLED,
        "id": use.call.id,
        "call_id": use.call.id,
        "name": use.call.name,
        "arguments": use.call.arguments or "{}",
        "status": status,
    }


def whole_items(body: Mapping[str, object]) -> tuple[Item, ...]:
    """Return what a message that is kept has beside what it says."""
    return tuple(one for one in items_in(body) if one.get("type") != "message")


def with_content(body: Mapping[str, object], content: str) -> Mapping[str, object]:
    """Return a message that says something else; what was thought and used before it stays."""
    if "output" not in body:
        return {**body, "content": content}
    last = [one for one in items_in(body) if one.get("type") == "message"][-1:]
    said = [{**one, "content": text_items(content)} for one in last]
    return {**body, "content": content, "output": [*whole_items(body), *said]}


def items_in(body: Mapping[str, object]) -> Sequence[Item]:
    """Return the items of a message that is kept, as far as they are such."""
    found = body.get("output")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
