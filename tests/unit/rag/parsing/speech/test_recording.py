"""Recordings, written down by a real small endpoint."""

import io
import json
import threading
import wave
from collections import deque
from collections.abc import Callable, Iterator
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rag.errors import EmptyFileError, ModelUnavailableError, ParseError, UnsupportedFormatError
from rag.parsing.base import Helpers, ParseOptions
from rag.parsing.helpers.programs import FFMPEG
from rag.parsing.registry import find_parser
from rag.parsing.speech.recording import PIECE_SECONDS
from rag.types import Page
from tests.support.programs import needs


class Endpoint:
    """Answers as it is told, and keeps what it was asked."""

    def __init__(self, port: int) -> None:
        """Listen at a port."""
        self.url = f"http://127.0.0.1:{port}/v1"
        self.answers: deque[tuple[int, object]] = deque()
        self.asked: list[tuple[str, str, dict[str, bytes]]] = []


@pytest.fixture(scope="module")
def served() -> Iterator[Endpoint]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kind = self.headers["Content-Type"].encode()
            parts = message_from_bytes(b"Content-Type: " + kind + b"\r\n\r\n" + body).get_payload()
            fields = {
                str(part.get_param("name", header="content-disposition")): part.get_payload(
                    decode=True
                )
                for part in parts
            }
            endpoint.asked.append((self.path, self.headers["Authorization"] or "", fields))
            status, answer = endpoint.answers.popleft()
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        endpoint = Endpoint(server.server_port)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield endpoint
        server.shutdown()
        thread.join()


@pytest.fixture
def endpoint(served: Endpoint) -> Endpoint:
    served.answers.clear()
    served.asked.clear()
    return served


@pytest.fixture
def read(endpoint: Endpoint, tmp_path: Path) -> Callable[..., list[Page]]:
    def pages(name: str, data: bytes, url: str = endpoint.url) -> list[Page]:
        path = tmp_path / "file"
        path.write_bytes(data)
        helpers = Helpers(speech_url=url, speech_key="secret", speech_model="whisper-1")
        return list(find_parser(name)(path, name, ParseOptions(helpers=helpers)))

    return pages


def silence(seconds: int) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(2000)
        sound.writeframes(b"\x80" * 2000 * seconds)
    return buffer.getvalue()


def segment(start: float, end: float, text: str) -> dict[str, object]:
    return {"start": start, "end": end, "text": text}


def test_what_is_said_comes_with_its_times(
    endpoint: Endpoint, read: Callable[..., list[Page]]
) -> None:
    told = [
        segment(0.0, 2.5, " The pump costs"),
        segment(2.5, 4.0, "200 euros."),
        segment(75, 80, "Next."),
    ]
    endpoint.answers.append((200, {"text": "...", "segments": told}))
    (page,) = read("talk.wav", silence(1))

    assert [block.text for block in page.blocks] == [
        "[00:00] The pump costs 200 euros.",
        "[01:15] Next.",
    ]
    path, key, fields = endpoint.asked[0]
    assert (path, key) == ("/v1/audio/transcriptions", "Bearer secret")
    assert fields["file"] == silence(1)
    assert (fields["model"], fields["response_format"]) == (b"whisper-1", b"verbose_json")


def test_a_model_that_tells_no_times_is_asked_for_the_text(
    endpoint: Endpoint, read: Callable[..., list[Page]]
) -> None:
    endpoint.answers += [(400, {"error": "verbose_json"}), (200, {"text": "All of it."})]
    (page,) = read("talk.wav", silence(1))
    assert [block.text for block in page.blocks] == ["[00:00] All of it."]
    assert endpoint.asked[1][2]["response_format"] == b"json"


def test_a_long_recording_is_sent_in_pieces_whose_times_go_on(
    endpoint: Endpoint, read: Callable[..., list[Page]]
) -> None:
    needs(FFMPEG)
    endpoint.answers += [
        (200, {"segments": [segment(1, 2, "Good morning.")]}),
        (200, {"segments": [segment(5, 6, "Good bye.")]}),
    ]
    pages = read("talk.aiff", silence(PIECE_SECONDS + 10))
    assert [block.text for page in pages for block in page.blocks] == [
        "[00:01] Good morning.",
        "[10:05] Good bye.",
    ]
    assert [(page.number, page.total) for page in pages] == [(1, 2), (2, 2)]


def test_silence_is_said(endpoint: Endpoint, read: Callable[..., list[Page]]) -> None:
    endpoint.answers.append((200, {"text": "", "segments": []}))
    (page,) = read("talk.mp3", b"ID3" + bytes(10))
    assert (page.blocks, page.note) == ((), "nothing is said in talk.mp3")


@pytest.mark.parametrize(
    ("answers", "error", "words"),
    [
        ([(503, {})], ModelUnavailableError, "is busy or out of order"),
        (
            [(401, b"no such key")],
            ParseError,
            r"refused recording\.mp3 \(status 401\): no such key",
        ),
        ([(200, b"words")], ParseError, "answered nonsense"),
        ([(200, {"segments": [{"start": "x"}]})], ParseError, "answered nonsense"),
    ],
)
def test_what_goes_wrong_is_said(
    endpoint: Endpoint,
    read: Callable[..., list[Page]],
    answers: list[tuple[int, object]],
    error: type[Exception],
    words: str,
) -> None:
    endpoint.answers += answers
    with pytest.raises(error, match=words):
        read("talk.mp3", b"ID3" + bytes(10))


def test_without_an_endpoint_it_is_said_what_to_set(read: Callable[..., list[Page]]) -> None:
    with pytest.raises(UnsupportedFormatError, match=r"have worker\.speech_base_url name"):
        read("talk.mp3", b"ID3" + bytes(10), url="")
    with pytest.raises(ModelUnavailableError, match=r"http://\*\*\*\*@127.0.0.1:9/v1 cannot be"):
        read("talk.mp3", b"ID3" + bytes(10), url="http://user:secret@127.0.0.1:9/v1")


def test_what_is_no_recording_is_refused(read: Callable[..., list[Page]]) -> None:
    with pytest.raises(UnsupportedFormatError, match="it seems to be plain text"):
        read("talk.mp3", b"only words")
    with pytest.raises(EmptyFileError):
        read("talk.mp3", b"")
