"""Requests whose uploaded files are closed with them, also those that never got complete."""

from typing import IO, Any

from flask import Request


class FormRequest(Request):
    """A request that knows every file it has begun to receive.

    Werkzeug 3.1 forgets the one under way when a form breaks off, is refused in the middle, or
    finds no room: its temporary file stayed open until the garbage collector came by.
    """

    _received: tuple[IO[bytes], ...] = ()

    def _get_file_stream(self, *arguments: Any, **named: Any) -> IO[bytes]:
        stream = super()._get_file_stream(*arguments, **named)
        self._received = (*self._received, stream)
        return stream

    def close(self) -> None:
        """Close all files; Flask does so at the end of each request."""
        super().close()
        for stream in self._received:
            stream.close()
