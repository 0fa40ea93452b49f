"""An answer as a list of items: what the model thought, and what it says."""

from collections.abc import Mapping, Sequence

from api.services.webui.records import Said

Item = Mapping[str, object]

TAGS = {"start_tag": "<think>", "end_tag": "</think>"}
"""What stands around thoughts where a client shows them as text."""


def output_of(task_id: str, said: Said) -> list[Item]:
    """Return the items of an answer; none where the model has not thought, text is enough then."""
    if not said.has_thoughts():
        return []
    found = [*said.earlier]
    if said.reasoning:
        found.append(thoughts(task_id, said))
    return [*found, message(task_id, said)]


def thoughts(task_id: str, said: Said) -> Item:
    """Return what the model thought before it began to speak; times in seconds since 1970."""
    over = said.done or bool(said.thought_until)
    ends = said.thought_until or said.thought_since
    return {
        "type": "reasoning",
        "id": f"r_{task_id}",
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
    """Return what the model says."""
    over = "incomplete" if said.error else "completed"
    return {
        "type": "message",
        "id": f"msg_{task_id}",
        "status": over if said.done else "in_progress",
        "role": "assistant",
        "content": text_items(said.text),
    }


def text_items(text: str) -> list[Item]:
    """Return the parts of an item."""
    return [{"type": "output_text", "text": text}] if text else []


def earlier_thoughts(body: Mapping[str, object]) -> tuple[Item, ...]:
    """Return what was thought before a message that is kept."""
    return tuple(one for one in items_in(body) if one.get("type") == "reasoning")


def with_content(body: Mapping[str, object], content: str) -> Mapping[str, object]:
    """Return a message that says something else; what was thought before it stays."""
    if "output" not in body:
        return {**body, "content": content}
    last = [one for one in items_in(body) if one.get("type") == "message"][-1:]
    said = [{**one, "content": text_items(content)} for one in last]
    return {**body, "content": content, "output": [*earlier_thoughts(body), *said]}


def items_in(body: Mapping[str, object]) -> Sequence[Item]:
    """Return the items of a message that is kept, as far as they are such."""
    found = body.get("output")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
