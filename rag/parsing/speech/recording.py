"""Recordings: what is said in them, as a speech endpoint writes it down, with times."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

from rag.errors import EmptyFileError, ParseError, UnsupportedFormatError
from rag.parsing.base import Helpers, ParseOptions
from rag.parsing.helpers.programs import FFMPEG, found, run
from rag.parsing.paging import selected
from rag.parsing.registry import suffix_of
from rag.parsing.signatures import HEAD_BYTES, looks_like_html, seems_to_be
from rag.parsing.speech.endpoint import Said, transcribed
from rag.parsing.text.subtitles import Cue, spoken_blocks
from rag.types import Page

MOST_BYTES = 24 * 1024**2
"""Of what is sent at once; most endpoints take 25 MB."""

PIECE_SECONDS = 600
"""How long the pieces are that a longer recording is cut into."""

SENT_AS_IT_IS = frozenset({"mp3", "wav", "flac", "ogg", "oga", "m4a", "mp4", "mpeg", "webm"})
"""Formats that such endpoints take."""


def parse_recording(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield what is said, a page for each piece that was sent; paragraphs begin with their time.

    Raises UnsupportedFormatError without an endpoint, or without ffmpeg for a file that has to be
    turned into another one first.
    """
    helpers = options.helpers
    _refuse_what_is_none(path, name)
    if not helpers.speech_url:
        raise UnsupportedFormatError(
            f"{name} is a recording, and no speech model is set: have worker.speech_base_url name"
            " an OpenAI-compatible endpoint."
        )
    with _pieces(path, name, helpers) as pieces:
        for number, piece in enumerate(pieces, 1):
            if not selected(number, options):
                continue
            said = transcribed(piece, piece.name, helpers)
            cues = (_cue(one, (number - 1) * PIECE_SECONDS) for one in said)
            note = "" if said else f"nothing is said in {name}"
            yield Page(number, len(pieces), tuple(spoken_blocks(cues)), note)


def _refuse_what_is_none(path: Path, name: str) -> None:
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if not head.strip(b" \t\r\n"):
        raise EmptyFileError(f"{name} is empty.")
    what = seems_to_be(head)
    if looks_like_html(head) or what == "plain text":
        raise UnsupportedFormatError(f"{name} is no recording; it seems to be {what}.")


def _cue(said: Said, offset: int) -> Cue:
    return Cue(int(said.begin) + offset, int(said.end) + offset, [said.text])


@contextmanager
def _pieces(path: Path, name: str, helpers: Helpers) -> Iterator[list[Path]]:
    """Give the files that are sent, in order."""
    suffix = suffix_of(name)
    with TemporaryDirectory(prefix="recording-") as place:
        folder = Path(place)
        source = folder / f"recording.{suffix}"
        copyfile(path, source)
        if path.stat().st_size <= MOST_BYTES and suffix in SENT_AS_IT_IS:
            yield [source]
            return
        if not found(FFMPEG):
            raise FFMPEG.missing(f"{name} (over {MOST_BYTES >> 20} MB, or of type .{suffix})")
        yield _cut(source, name, helpers)


def _cut(source: Path, name: str, helpers: Helpers) -> list[Path]:
    """Return the sound of a recording in pieces of one channel, at 16 kHz."""
    command = (
        *(found(FFMPEG), "-nostdin", "-v", "error"),
        # Playlists and the like would name other files, and the network.
        *("-protocol_whitelist", "file", "-i", str(source)),
        *("-vn", "-ac", "1", "-ar", "16000", "-b:a", "64k", "-threads", "1"),
        *("-f", "segment", "-segment_time", str(PIECE_SECONDS)),
        str(source.parent / "piece%04d.mp3"),
    )
    result = run(
        command,
        folder=source.parent,
        seconds=helpers.convert_seconds,
        memory=helpers.memory,
        what=f"Reading the sound of {name} by ffmpeg",
    )
    pieces = sorted(source.parent.glob("piece*.mp3"))
    if not pieces or result.code:
        raise ParseError(f"{name} has no sound that ffmpeg can read, or is damaged.")
    return pieces
