"""Text from bytes of unknown encoding: found from a sample, never failing on a bad byte."""

import codecs
import re
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO

from charset_normalizer import from_bytes

from rag.errors import ParseError
from rag.parsing.encodings import guess_encoding
from rag.parsing.signatures import HEAD_BYTES, seems_to_be, signature

SLICE_CHARS = 64 * 1024
"""How many characters of a text are held at a time, and the longest line that is kept whole."""

_SAMPLE_BYTES = 32 * 1024
_SCAN_BYTES = 1024 * 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_CONTROLS = re.compile(r"[\x00-\x07\x0e-\x1a\x1c-\x1f]")
_WESTERN = frozenset("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüÿŒœ")
_WESTERN_SIGNS = frozenset("‘’“”„«»–—…•·°€£¥§©®™¡¿ªº²³±½¼¾\u201a\u2039\u203a\xb4\xa0")
_LATIN_CODECS = frozenset({"cp1250", "cp1252", "cp1254", "cp1257", "mac_roman", "cp437"})
_CANDIDATES = (
    "gb18030 big5 cp932 euc_jp cp949 cp1252 cp1251 koi8_r cp866 cp1253 cp1255 cp1256 cp1250 cp1254 "
    "cp1257 cp874 mac_roman cp437"
)
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_BAD_SHARE = 0.05
_STRAY_SHARE = 0.01


def _wide_score(sample: bytes, codec: str) -> float:
    """Return the share of plain ASCII among a sample read as UTF-16 or -32; 0 if it is not that.

    Read in the wrong order, ASCII turns into Han: both decode, only one has blanks in it.
    """
    try:
        text = sample[: len(sample) // 4 * 4].decode(codec)
    except UnicodeDecodeError:
        return 0.0
    sound = sum(char.isprintable() or char.isspace() for char in text)
    if not text or sound < (1 - _BAD_SHARE) * len(text):
        return 0.0
    return sum(char.isascii() for char in text) / len(text)


def _is_mostly_utf8(sample: bytes) -> bool:
    """Return whether a sample is UTF-8, but for a rare broken byte and a cut last character."""
    text = codecs.getincrementaldecoder("utf-8")(errors="replace").decode(sample)
    broken = text.count("\ufffd")
    return broken <= _BAD_SHARE * sum(not char.isascii() for char in text)


def _is_western(sample: bytes) -> bool:
    """Return whether a sample makes sense in the code page of western Europe."""
    others = {char for char in sample.decode("cp1252", "replace") if not char.isascii()}
    return bool(others & _WESTERN) and others <= _WESTERN | _WESTERN_SIGNS


def _is_utf8_with_a_nul(sample: bytes) -> bool:
    """Return whether a sample is UTF-8 with rare control characters, as logs have after a crash."""
    text = sample.decode("utf-8", "replace")
    return len(_CONTROLS.findall(text)) <= _STRAY_SHARE * len(text) and _is_mostly_utf8(sample)


def _declared_codec(declared: str, sample: bytes) -> str:
    """Return the codec that a document declares, if there is one and it fits the sample."""
    try:
        codec = codecs.lookup(declared.strip()).name if declared.strip() else ""
        broken = sample.decode(codec, "replace").count("\ufffd") if codec else 0
    except (LookupError, ValueError):
        return ""
    # The web reads these names as their Windows supersets; so do the authors of such pages.
    codec = {"gb2312": "gb18030", "gbk": "gb18030", "iso8859-1": "cp1252"}.get(codec, codec)
    return codec if broken <= 1 + _BAD_SHARE * len(sample) / 2 else ""


def _guess(sample: bytes) -> str:
    """Return the likeliest 8-bit or East Asian codec of a sample that is no Unicode."""
    if codec := guess_encoding(sample):
        return codec
    best = from_bytes(sample, cp_isolation=_CANDIDATES.split()).best()
    codec = best.encoding if best is not None else ""
    if codec not in _CANDIDATES.split():
        return "cp1252"
    return "cp1252" if codec in _LATIN_CODECS and _is_western(sample) else codec


def detect(sample: bytes, declared: str = "") -> str:
    """Return the codec of the text that `sample` comes from; empty if it is not text at all.

    `declared` is the encoding that the document itself names, used if the sample agrees.
    """
    if marked := next((codec for mark, codec in _MARKS if sample.startswith(mark)), ""):
        return marked
    if b"\x00" in sample and not _is_utf8_with_a_nul(sample):
        scores = {codec: _wide_score(sample, codec) for codec in _WIDE}
        best = max(scores, key=lambda codec: scores[codec])
        return best if scores[best] else ""
    if b"\x1b$" in sample:
        return "iso2022_jp"
    if _is_mostly_utf8(sample):
        return "utf-8"
    codec = _declared_codec(declared, sample) or _guess(sample)
    text = sample.decode(codec, "replace")
    return codec if len(_CONTROLS.findall(text)) <= _BAD_SHARE * len(text) else ""


def _sample(stream: BinaryIO) -> bytes:
    """Return the part of a file that tells its encoding: the start, or where ASCII ends."""
    block = stream.read(_SAMPLE_BYTES)
    if b"\x00" in block or block.startswith(tuple(mark for mark, _ in _MARKS)):
        return block
    while block and block.isascii() and b"\x1b$" not in block:
        block = stream.read(_SCAN_BYTES)
    beyond_ascii = _NOT_ASCII.search(block)
    start = beyond_ascii.start() if beyond_ascii else 0
    # The blank keeps letters in the middle of a text from being taken for a mark at its start.
    return b" " + block[start : start + _SAMPLE_BYTES]


def _codec_of(stream: BinaryIO, name: str, declared: str) -> str:
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    codec = "" if signature(head) else detect(_sample(stream), declared)
    if not codec:
        raise ParseError(
            f"{name} is not text; it seems to be {seems_to_be(head)}. "
            "Upload it under the suffix of its real format."
        )
    stream.seek(0)
    return codec


def open_text(path: Path, name: str, declared: str = "") -> TextIO:
    r"""Open a text file in the encoding that its content shows, with every line end as `\n`.

    Bytes that do not decode become U+FFFD. Raises ParseError if the file is not text.
    """
    stream = path.open("rb")
    try:
        codec = _codec_of(stream, name, declared)
    except ParseError:
        stream.close()
        raise
    return TextIOWrapper(stream, codec, errors="replace")


def decode(data: bytes, name: str, declared: str = "") -> str:
    r"""Return the text of `data`, decoded like a file by `open_text`."""
    stream = BytesIO(data)
    with TextIOWrapper(stream, _codec_of(stream, name, declared), errors="replace") as text:
        return text.read()


def slices(stream: TextIO) -> Iterator[str]:
    """Yield a text in pieces of about `SLICE_CHARS` characters, cut at line ends if it has any."""
    while piece := stream.read(SLICE_CHARS):
        yield piece + stream.readline(SLICE_CHARS)


def lines(stream: TextIO, longest: int = SLICE_CHARS) -> Iterator[str]:
    """Yield the lines of a text without their ends; one over `longest` comes in pieces."""
    while line := stream.readline(longest):
        yield line.removesuffix("\n")
