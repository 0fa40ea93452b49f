"""Tells processes who may read a chat no more, if they hold sockets."""

from api.http.process import web_process


def tell_readers_changed(chat_id: str) -> None:
    """Have all processes look who may be in a chat, or in what is shared under this id."""
    sockets = web_process().sockets
    if sockets is not None:
        sockets.chats.readers_changed(chat_id)
