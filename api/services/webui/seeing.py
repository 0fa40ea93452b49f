"""Pictures of questions, which models see that can."""

from base64 import b64encode
from collections.abc import Sequence

from api.errors import RaglanError
from api.execution import Execution
from api.services.accounts.records import Principal
from api.services.stores.pictures import PictureService, kind_of
from api.services.stores.references import pictures_in
from api.services.webui.records import Tree, Turn

MOST_BYTES = 8 << 20
"""Of all pictures that a model is shown for an answer: those sent last come first."""

MOST_PICTURES = 16

Pictures = tuple[tuple[str, ...], ...]
"""The pictures of a person's messages, the last message first: data, or files by id or address."""

UNSEEN = "This model reads texts alone, and sees no pictures."
LEFT_OUT = "A picture is left out: {}"
TOO_MUCH = f"a model is shown {MOST_PICTURES}, of {MOST_BYTES >> 20} MB in all."

AT_ONCE = 96 << 10
"""Bytes that are written as text in one go: a multiple of three, which takes less than 1 ms."""

TYPES = {"jpg": "image/jpeg"}


def pictures_of(tree: Tree) -> Pictures:
    """Return the pictures of a branch; messages without a text are no messages to a model."""
    asked = (one.body for one in reversed(tree.branch()) if one.body.get("role") == "user")
    said = (body for body in asked if isinstance(body.get("content"), str))
    return tuple(pictures_in(body.get("files")) for body in said if str(body["content"]).strip())


class SeeingService:
    """Shows pictures to models, by the rights of who asks."""

    def __init__(self, pictures: PictureService, execution: Execution) -> None:
        """Initialize with what reads pictures, and how they are made texts."""
        self.pictures = pictures
        self.execution = execution

    def shown(
        self, asker: Principal, messages: Sequence[Turn], pictures: Pictures
    ) -> tuple[list[Turn], list[str]]:
        """Return messages with their pictures, and why there are not all."""
        told, remarks, room, count = list(messages), list[str](), MOST_BYTES, 0
        places = [at for at, one in enumerate(messages) if one.get("role") == "user"]
        for at, named in zip(reversed(places), pictures, strict=False):
            parts: list[object] = []
            for one in named:
                content, why = self.read(asker, one) if count < MOST_PICTURES else (b"", TOO_MUCH)
                if why or len(content) > room:
                    remarks.append(LEFT_OUT.format(why or TOO_MUCH))
                    continue
                room, count = room - len(content), count + 1
                url = self.execution.offload(as_data, content)
                parts.append({"type": "image_url", "image_url": {"url": url}})
            if parts:
                text = {"type": "text", "text": told[at].get("content")}
                told[at] = {**told[at], "content": [text, *parts]}
        return told, remarks

    def read(self, asker: Principal, picture: str) -> tuple[bytes, str]:
        """Return a picture, or why there is none."""
        try:
            return self.pictures.content_of(asker, picture), ""
        except RaglanError as error:
            return b"", str(error)


def as_data(content: bytes) -> str:
    """Return a picture as models take it."""
    kind = kind_of(content)
    pieces = (content[at : at + AT_ONCE] for at in range(0, len(content), AT_ONCE))
    text = b"".join(map(b64encode, pieces)).decode()
    return f"data:{TYPES.get(kind, f'image/{kind}')};base64,{text}"
