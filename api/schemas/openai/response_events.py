"""Responses on the wire, as the events of a stream."""

from collections.abc import Generator, Mapping
from contextlib import closing
from itertools import count

from api.schemas.openai.response_answer import (
    Form,
    annotations,
    blank,
    message_item,
    present_response,
    search_items,
    text_part,
)
from api.services.chats.response_records import BegunResponse, ResponseRecord

Event = dict[str, object]


def response_events(form: Form, begun: BegunResponse) -> Generator[Event]:
    """Yield the events of a response, numbered; closing this ends its making."""
    numbers = count()
    with closing(begun.parts), closing(events_of(form, begun)) as events:
        for event in events:
            yield {**event, "sequence_number": next(numbers)}


def events_of(form: Form, begun: BegunResponse) -> Generator[Event]:
    """Yield the events of a response."""
    yield {"type": "response.created", "response": blank(begun.record)}
    yield {"type": "response.in_progress", "response": blank(begun.record)}
    items = search_items(form, begun.record)
    for item in items:
        yield from search_events(item)
    place: Event = {"item_id": f"msg_{begun.record.id}", "output_index": len(items)}
    yield from opening(place)
    said = ""
    for part in begun.parts:
        if isinstance(part, ResponseRecord):
            yield from closing_events(form, part, place, said)
        elif part.content:
            said += part.content
            yield delta(place, part.content)


def search_events(item: Mapping[str, object]) -> Generator[Event]:
    """Yield the events of a search, which is over before the stream begins."""
    place: Event = {"output_index": 0, "item_id": item["id"]}
    begun = {**item, "status": "in_progress", "queries": [], "results": None}
    yield {"type": "response.output_item.added", "output_index": 0, "item": begun}
    for step in ("in_progress", "searching", "completed"):
        yield {"type": f"response.file_search_call.{step}", **place}
    yield {"type": "response.output_item.done", "output_index": 0, "item": item}


def opening(place: Event) -> Generator[Event]:
    """Yield the events by which a message begins."""
    item = {
        "type": "message",
        "id": place["item_id"],
        "role": "assistant",
        "status": "in_progress",
        "content": [],
    }
    index = place["output_index"]
    yield {"type": "response.output_item.added", "output_index": index, "item": item}
    part = text_part("", [])
    yield {"type": "response.content_part.added", **place, "content_index": 0, "part": part}


def delta(place: Event, text: str) -> Event:
    """Return the event of a piece of text."""
    about = {**place, "content_index": 0, "logprobs": []}
    return {"type": "response.output_text.delta", **about, "delta": text}


def closing_events(form: Form, made: ResponseRecord, place: Event, said: str) -> Generator[Event]:
    """Yield what comes behind the last piece of an answer.

    Markers that belong into what was `said` already are in the whole texts alone.
    """
    if made.text.startswith(said) and made.text != said:
        yield delta(place, made.text[len(said) :])
    whole = present_response(form, made)
    message, cited = message_item(form, made), annotations(form, made)
    at = {**place, "content_index": 0}
    for index, annotation in enumerate(cited):
        told = {"annotation_index": index, "annotation": annotation}
        yield {"type": "response.output_text.annotation.added", **at, **told}
    yield {"type": "response.output_text.done", **at, "text": made.text, "logprobs": []}
    part = text_part(made.text, cited)
    yield {"type": "response.content_part.done", **at, "part": part}
    done: Event = {"type": "response.output_item.done", "item": message}
    yield {**done, "output_index": place["output_index"]}
    yield {"type": f"response.{whole['status']}", "response": whole}


def response_failure(message: str) -> Event:
    """Return the event by which a stream says that it breaks off."""
    told = {"type": "server_error", "code": "server_error", "message": message, "param": None}
    return {**told, "type": "error", "error": told, "sequence_number": 0}
