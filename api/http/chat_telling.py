"""Tells people what others do in chats, and processes who may read one no more."""

from collections.abc import Mapping

from api.http.context import principal, services
from api.http.process import web_process
from api.schemas.openwebui.chat_room import present_access, present_messages_of
from api.services.webui.records import Conversation


def tell_readers_changed(*chat_ids: str) -> None:
    """Have all processes look who may be in a chat, or in what is shared under these ids."""
    sockets = web_process().sockets
    for chat_id in filter(None, chat_ids):
        if sockets is not None:
            sockets.chats.readers_changed(chat_id)


def tell_access_changed(chat_id: str, share_id: str) -> None:
    """Stop answers for those who may write in a chat no more, and tell all who are in it.

    Who may read it no more is told so, and nothing after it.
    """
    services().webui.tasks.stop_strangers(principal(), chat_id)
    sockets = web_process().sockets
    if sockets is not None:
        sockets.tell_room("events", present_access(chat_id), sockets.chats.room(chat_id))
    tell_readers_changed(chat_id, share_id)


def tell_folder_changed(folder_id: str) -> None:
    """Do so in the chats of a folder, without a word to those who stay.

    Of very many chats the readers of the older ones are looked at within ten seconds.
    """
    folders, asker = services().webui.shared_folders, principal()
    for chat_id in folders.answering(folder_id):
        services().webui.tasks.stop_strangers(asker, chat_id)
    tell_readers_changed(*folders.told(asker, folder_id))


def tell_messages(found: Conversation) -> None:
    """Tell all others in a chat how its messages hang together now, if several write in it."""
    if found.is_open:
        tell_others(found.row.id, present_messages_of(found))


def tell_others(chat_id: str, event: Mapping[str, object]) -> None:
    """Tell all others who are in a chat of an event."""
    sockets = web_process().sockets
    if sockets is not None:
        sockets.tell_chat(chat_id, principal().user_id, event)
