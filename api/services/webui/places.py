"""The places of answers in a chat: made before anything is said, and opened again to go on."""

import time
from collections.abc import Mapping, Sequence

from api.errors import RuleError
from api.services.webui import word_queries
from api.services.webui.outputs import Item, whole_items
from api.services.webui.records import MOST_MESSAGES, Tree, TreeMessage, Wanted


def text_in(tree: Tree, message_id: str) -> str:
    """Return what there is of an answer; empty where there is none."""
    found = [one for one in tree.messages if one.message_id == message_id]
    is_answer = bool(found) and found[0].body.get("role") == "assistant"
    return word_queries.text_of(found[0]) if is_answer else ""


def reopened(tree: Tree, message_id: str) -> tuple[Tree, tuple[Item, ...]]:
    """Return a tree in which an answer goes on, whatever it broke off by, and what was thought."""
    place = next(n for n, one in enumerate(tree.messages) if one.message_id == message_id)
    found = tree.messages[place]
    body = {key: value for key, value in found.body.items() if key != "error"}
    again = found._replace(body={**body, "done": False})
    messages = (*tree.messages[:place], again, *tree.messages[place + 1 :])
    return Tree(message_id, messages), whole_items(body)


def asked_in(tree: Tree, question: TreeMessage | None) -> Tree:
    """Return a tree that shows the branch up to what is asked."""
    shown = question.message_id if question else tree.parent_of_current()
    return Tree(shown, tree.messages)


def with_places(tree: Tree, question: TreeMessage | None, wanted: Sequence[Wanted]) -> Tree:
    """Return a tree with a question and a place for each of its answers.

    A message that is there stays as it is. Raises RuleError for more messages than a chat has.
    """
    known = {message.message_id for message in tree.messages}
    added = [question] if question and question.message_id not in known else []
    parent = question.message_id if question else tree.current_id
    added += [
        TreeMessage(one.message_id, parent, place(one, number))
        for number, one in enumerate(wanted)
        if one.message_id not in known
    ]
    found = Tree(wanted[0].message_id, (*tree.messages, *added))
    if len(found.messages) > MOST_MESSAGES:
        raise RuleError(f"A chat has at most {MOST_MESSAGES:,} messages: begin a new one.")
    return found


def place(wanted: Wanted, number: int) -> Mapping[str, object]:
    """Return a message that is still to be said."""
    shown = wanted.cover or wanted.model
    covered = {"arena": True, "selectedModelId": wanted.model} if wanted.cover else {}
    return {
        "role": "assistant",
        "content": "",
        "done": False,
        "model": shown,
        "modelName": shown,
        **covered,
        "modelIdx": number,
        "timestamp": int(time.time()),
    }
