"""The body of an upload, as werkzeug reads it, and files that cannot be sent."""

import os
from pathlib import Path

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from api.cli.body import BLOCK, FileBody, UnreadableFileError


def received(path: Path) -> tuple[str, bytes, list[int]]:
    counts: list[int] = []
    with FileBody(path, counts.append, {}) as body:
        sent = b"".join(body)
        assert len(sent) == len(body)
        builder = EnvironBuilder(method="POST", data=sent, headers=body.headers)
    with Request(builder.get_environ()) as request:
        file = request.files["file"]
        return file.filename or "", file.read(), counts


@pytest.mark.parametrize(
    "name", ["a.txt", "文档.pdf", 'a "quoted".txt', "back\\slash.md", "no end"]
)
def test_name_and_content_arrive_as_they_are(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    content = os.urandom(BLOCK + 7)
    path.write_bytes(content)
    assert received(path) == (name, content, [BLOCK, 7])


def test_fields_are_sent_before_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x", encoding="utf-8")
    with FileBody(path, lambda _: None, {"meta_fields": '{"path": "é"}'}) as body:
        sent = b"".join(body)
        assert len(sent) == len(body)
        builder = EnvironBuilder(method="POST", data=sent, headers=body.headers)
    with Request(builder.get_environ()) as request:
        assert request.form["meta_fields"] == '{"path": "é"}'
        assert request.files["file"].read() == b"x"


def test_an_empty_file_arrives(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    assert received(tmp_path / "empty.txt") == ("empty.txt", b"", [])


def test_what_a_file_grows_by_while_it_is_sent_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(b"before")
    with FileBody(path, lambda _: None, {}) as body:
        with path.open("ab") as file:
            file.write(b" after")
        sent = b"".join(body)
    assert len(sent) == len(body)
    assert b"before\r\n" in sent


def test_a_file_that_gets_shorter_while_it_is_sent_is_not_sent(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 2 * BLOCK)
    with (
        FileBody(path, lambda _: os.truncate(path, 10), {}) as body,
        pytest.raises(UnreadableFileError, match="shorter while it was sent"),
    ):
        list(body)


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="cannot be read: No such file or directory"):
        FileBody(tmp_path / "gone.txt", lambda _: None, {})


def test_a_file_that_cannot_be_read_any_further_is_told() -> None:
    # The memory of this process begins with an address at which there is nothing.
    with (
        FileBody(Path("/proc/self/mem"), lambda _: None, {}) as body,
        pytest.raises(UnreadableFileError, match="cannot be read: Input/output error"),
    ):
        body.next_block(1)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (b"line\nend.txt", "control characters"),
        (b"\x1b[31m.txt", "control characters"),
        (b"caf\xe9.txt", "not in UTF-8"),
    ],
)
def test_a_name_that_cannot_travel_is_told(name: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(name)
    path.write_bytes(b"x")
    with pytest.raises(UnreadableFileError, match=why):
        FileBody(path, lambda _: None, {})
