"""What addresses can be told of, by the names that Open WebUI has for it."""

from collections.abc import Mapping

EVENTS: Mapping[str, str] = {
    "auth.login": "Somebody has signed in.",
    "auth.logout": "Somebody has signed out.",
    "auth.signup": "Somebody has made an account of their own.",
    "auth.password_changed": "Somebody has changed their password.",
    "auth.sessions_revoked": "The sessions of somebody were ended.",
    "auth.api_key.created": "A key was made.",
    "auth.api_key.deleted": "A key was revoked.",
    "user.created": "An account was made.",
    "user.updated": "An account was changed.",
    "user.role_updated": "The role of an account was changed.",
    "user.permissions_updated": "What users may do was changed.",
    "user.deleted": "An account was deleted.",
    "group.created": "A group was made.",
    "group.updated": "A group was changed.",
    "group.deleted": "A group was deleted.",
    "group.member_added": "People were put into a group.",
    "group.member_removed": "People were taken out of a group.",
    "chat.created": "A chat was begun.",
    "chat.updated": "A chat was changed.",
    "chat.deleted": "A chat was deleted.",
    "chat.deleted_all": "Somebody has deleted all their chats.",
    "chat.imported": "Chats were imported.",
    "chat.cloned": "A chat was copied.",
    "chat.archived": "A chat was archived.",
    "chat.unarchived": "A chat was taken out of the archive.",
    "chat.pinned": "A chat was pinned.",
    "chat.unpinned": "A chat is pinned no longer.",
    "chat.shared": "A chat was shared.",
    "chat.unshared": "A chat is shared no longer.",
    "chat.finished": "An answer in a chat is there.",
    "chat.failed": "An answer in a chat has failed.",
    "channel.created": "A channel was made.",
    "channel.updated": "A channel was changed.",
    "channel.deleted": "A channel was deleted.",
    "channel.message": "A message was written in a channel.",
    "file.uploaded": "A file was uploaded.",
    "file.renamed": "A file was renamed.",
    "file.deleted": "A file was deleted.",
    "folder.created": "A folder of chats was made.",
    "folder.updated": "A folder of chats was changed.",
    "folder.deleted": "A folder of chats was deleted.",
    "knowledge.created": "A knowledge base was made.",
    "knowledge.updated": "A knowledge base was changed.",
    "knowledge.deleted": "A knowledge base was deleted.",
    "knowledge.reset": "A knowledge base was emptied.",
    "knowledge.access_updated": "Who uses a knowledge base was changed.",
    "knowledge.file.added": "Files were put into a knowledge base.",
    "knowledge.file.removed": "A file was taken out of a knowledge base.",
    "model.created": "A model was made.",
    "model.updated": "A model was changed.",
    "model.deleted": "A model was deleted.",
    "model.access_updated": "Who uses a model was changed.",
    "note.created": "A note was made.",
    "note.deleted": "A note was deleted.",
    "prompt.created": "A prompt was made.",
    "prompt.updated": "A prompt was changed.",
    "prompt.deleted": "A prompt was deleted.",
    "feedback.created": "Somebody has rated an answer.",
    "function.created": "A function was made.",
    "function.updated": "A function was changed.",
    "function.deleted": "A function was deleted.",
    "tool.created": "A tool was made.",
    "tool.updated": "A tool was changed.",
    "tool.deleted": "A tool was deleted.",
    "config.updated": "Settings were changed.",
    "config.imported": "Settings were imported.",
    "config.connections.updated": "Connections to models were changed.",
    "config.tool_servers.updated": "Servers of tools were changed.",
    "config.webhook.updated": "An address that is told of what happens was changed.",
}
"""All that is told, with a sentence that says what it is."""

FINISHED, FAILED, TEST = "chat.finished", "chat.failed", "notification.test"

PERSONAL = (FINISHED, FAILED)
"""What people are told of at addresses of their own."""

ALL = "*"


def said(event: str) -> str:
    """Return an event in a few words, as a title."""
    return event.replace(".", " ").replace("_", " ").capitalize()


def is_wanted(event: str, patterns: tuple[str, ...]) -> bool:
    """Return whether an event is among those that are wanted: names, and `*` for the rest of one.

    >>> is_wanted("chat.created", ("chat.*",)), is_wanted("chat.created", ("auth.login",))
    (True, False)
    """
    return any(
        pattern in {ALL, event} or (pattern.endswith(".*") and event.startswith(pattern[:-1]))
        for pattern in patterns
    )


def is_known(pattern: str) -> bool:
    """Return whether a pattern stands for anything that is told: a name, or `*` at its end."""
    if pattern == ALL or pattern in EVENTS:
        return True
    return pattern.endswith(".*") and any(event.startswith(pattern[:-1]) for event in EVENTS)
