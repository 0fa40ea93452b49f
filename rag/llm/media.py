"""Speech and pictures of an OpenAI-compatible endpoint.

https://platform.openai.com/docs/api-reference/audio/createSpeech and .../images
"""

import binascii
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from rag.errors import EndpointRefusalError
from rag.llm.base import ModelSpec
from rag.llm.endpoint import Endpoint, RetryPolicy

ONCE = RetryPolicy(retries=0)
"""What costs money is asked for once."""

SPEAKING, DRAWING, CHANGING = "/audio/speech", "/images/generations", "/images/edits"

PLAIN = "b64_json"


class Drawn(NamedTuple):
    """A picture that was drawn: its bytes, or where they are."""

    content: bytes = b""
    url: str = ""


def spoken(spec: ModelSpec, text: str, voice: str, speed: float) -> bytes:
    """Return a text read aloud, as MP3; raises ModelError."""
    endpoint = Endpoint(spec, ONCE)
    body = {"model": spec.model, "input": text, "voice": voice, "response_format": "mp3"}
    with endpoint.post(SPEAKING, body if speed == 1 else {**body, "speed": speed}) as answer:
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip()
        content = endpoint.content(answer)
    if not content or kind.startswith("text/") or kind.endswith("json"):
        raise endpoint.error(f"sent no sound, but {len(content)} bytes of {kind or 'nothing'}")
    return content


def drawn(spec: ModelSpec, wanted: Mapping[str, Any]) -> list[Drawn]:
    """Return the pictures of a prompt: `prompt`, `n`, `size`; raises ModelError.

    Newer models refuse to be told that pictures come within the answer, and send them so.
    """
    endpoint = Endpoint(spec, ONCE)
    body = named(spec, wanted)
    try:
        answer = endpoint.post(DRAWING, {**body, "response_format": PLAIN})
    except EndpointRefusalError as error:
        if "response_format" not in str(error):
            raise
        answer = endpoint.post(DRAWING, body)
    with answer:
        return pictures_in(endpoint, endpoint.content(answer))


def answering(spec: ModelSpec) -> None:
    """Ask an endpoint for its models, to see whether it answers; raises ModelError."""
    endpoint = Endpoint(spec, ONCE)
    with endpoint.get("/models") as answer:
        endpoint.content(answer)


def changed(
    spec: ModelSpec, wanted: Mapping[str, Any], pictures: Sequence[tuple[str, bytes]]
) -> list[Drawn]:
    """Return pictures that were changed as a prompt says; raises ModelError.

    Each of `pictures` is a name and the bytes.
    """
    endpoint = Endpoint(spec, ONCE)
    name = "image" if len(pictures) == 1 else "image[]"
    fields = [(key, str(value)) for key, value in named(spec, wanted).items()]
    with endpoint.post_form(CHANGING, [*fields, *((name, one) for one in pictures)]) as answer:
        return pictures_in(endpoint, endpoint.content(answer))


def named(spec: ModelSpec, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is wanted, with the model where one is named."""
    return {**({"model": spec.model} if spec.model else {}), **wanted}


def pictures_in(endpoint: Endpoint, content: bytes) -> list[Drawn]:
    """Return the pictures of an answer; raises ModelError where there are none."""
    try:
        found = [picture_of(one) for one in orjson.loads(content)["data"]]
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error) as error:
        raise endpoint.error("answered no pictures") from error
    if not found or not all(one.content or one.url for one in found):
        raise endpoint.error("answered no pictures")
    return found


def picture_of(item: Mapping[str, Any]) -> Drawn:
    """Return a picture of an answer."""
    encoded = item.get(PLAIN)
    if encoded:
        return Drawn(b64decode(encoded, validate=True))
    return Drawn(url=str(item.get("url") or ""))
