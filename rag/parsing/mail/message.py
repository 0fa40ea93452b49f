"""E-mail (eml): who wrote what to whom, the text once, and attachments of formats that are read."""

import re
from collections.abc import Iterable, Iterator, Sequence
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import Compat32
from pathlib import Path

from rag.errors import EncryptedFileError, ParseError
from rag.parsing.base import ParseOptions
from rag.parsing.decoding import decode, detect
from rag.parsing.inside import inner_blocks
from rag.parsing.mail.calendar import calendar_blocks
from rag.parsing.mail.contacts import contact_blocks
from rag.parsing.paging import paginate
from rag.parsing.rows import tables_of
from rag.parsing.signatures import HEAD_BYTES, signature
from rag.parsing.text.plain import prose_blocks
from rag.parsing.web.webpage import declared_charset, html_blocks
from rag.types import Block, BlockKind, Page

MAX_BYTES = 64 * 1024**2
MAX_ATTACHMENT_BYTES = 32 * 1024**2
MAX_DEPTH = 10
"""How deep parts and forwarded messages may stand inside each other."""

MAX_PARTS = 500
_HEADERS = ("From", "To", "Cc", "Date")
_LONGEST_DECODED = 64 * 1024
_SAMPLE_BYTES = 4096
_WITH_PARAMETERS = frozenset({"content-type", "content-disposition"})
_ENCRYPTED_TYPES = frozenset({"multipart/encrypted", "application/pgp-encrypted"})
_SMIME_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_MAIL_SUFFIXES = frozenset({".eml", ".mht", ".mhtml"})
_WIDE_CODECS = ("utf-16", "utf-32")
_SILENT_SUBTYPES = frozenset({"css", "javascript", "x-amp-html", "ecmascript"})
_TNEF = frozenset({"ms-tnef", "vnd.ms-tnef"})
_OBJECTS = {
    "calendar": calendar_blocks,
    "vcard": contact_blocks,
    "x-vcard": contact_blocks,
    "directory": contact_blocks,
}
_RICH_ENOUGH = 0.6
"""The share of the words of the longest form that a richer one must have."""

_SAME_TEXT = 0.4
"""The share of words from which on two forms are those of one text."""

_SAME_WORDING = 0.8
_LEAST_WORDING = 12
_RUN_OF_WORDS = 5
"""Words of a paragraph that is another wording: its share that is known, and how many there are at
least. So many of them in a row tell it from what is only set otherwise."""

_WORD = re.compile(r"\w+")
_ADDRESS = re.compile(r"\(?<?\b(?:https?|mailto|tel):\S+|\[\d+\]|\[image:[^\]]*\]")


class _BytesInHeaders(Compat32):
    """Keeps the bytes of headers that are not ASCII, where the default puts U+FFFD for each."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        # The time to take their parameters apart would grow with the square of their length.
        return value[:_LONGEST_DECODED] if name.lower() in _WITH_PARAMETERS else value


def _header(message: Message, name: str) -> str:
    return _words(message.get(name, ""), message)


def _words(value: str, message: Message) -> str:
    """Return a header's value with its encoded words decoded, whatever they claim to be.

    Bytes outside of encoded words are read as the text of `message` is, if they can be. A very
    long value stays as it is: the time to decode it would grow with its square.
    """
    if not value.isascii():
        data = value.encode("utf-8", "surrogateescape")
        declared = next(filter(None, message.get_charsets()), "")
        value = data.decode(detect(data, declared) or "utf-8", "replace")
    try:
        pieces = decode_header(value) if len(value) <= _LONGEST_DECODED else [(value, None)]
    except (ValueError, HeaderParseError):
        return " ".join(value.split())
    return " ".join("".join(_piece(piece, charset) for piece, charset in pieces).split())


def _piece(piece: bytes | str, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece
    try:
        return piece.decode(charset or "utf-8", "replace")
    except (LookupError, ValueError):
        return piece.decode("utf-8", "replace")


def _is_encrypted(message: Message) -> bool:
    kind = message.get_content_type()
    if kind in _SMIME_TYPES:
        return str(message.get_param("smime-type", "enveloped-data")).lower() != "signed-data"
    return kind in _ENCRYPTED_TYPES


def _payload(part: Message) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError):
        payload = None
    return payload if isinstance(payload, bytes) else b""


def _text(part: Message, name: str) -> str:
    """Return a text part's content; a wrong or missing charset is found from the bytes."""
    data = _payload(part)
    declared = part.get_content_charset() or ""
    if part.get_content_subtype() == "html":
        declared = declared or declared_charset(data)
    try:
        return decode(data, name, declared) if data.strip() else ""
    except ParseError:
        return data.decode("utf-8", "replace").replace("\x00", "")


def _inner(part: Message) -> list[Message]:
    """Return the parts or messages that stand directly inside a part."""
    payload = part.get_payload()
    return (
        [inner for inner in payload if isinstance(inner, Message)]
        if isinstance(payload, list)
        else []
    )


def _shared(one: Sequence[Block], other: Sequence[Block]) -> float:
    """Return the share of the words of one text that another has, too."""
    words, others = ({word for b in blocks for word in b.text.split()} for blocks in (one, other))
    return len(words & others) / max(len(words), 1)


def _word_count(blocks: Sequence[Block]) -> int:
    return sum(len(block.text.split()) for block in blocks)


def _words_of(blocks: Iterable[Block]) -> list[str]:
    """Return the words of a text without addresses of links, which only some forms show."""
    text = " ".join(block.text for block in blocks)
    return _WORD.findall(_ADDRESS.sub(" ", text).casefold())


def _worded_otherwise(blocks: Iterable[Block], richest: Sequence[str]) -> Iterator[Block]:
    """Yield paragraphs that another form has with some words changed, left out or added.

    A stub ("Your program shows no HTML") has hardly a word of the text; a paragraph that is only
    set otherwise has the same words in the same order.
    """
    whole, known = f" {' '.join(richest)} ", frozenset(richest)
    for block in blocks:
        words = _words_of([block])
        if len(words) < _LEAST_WORDING or f" {' '.join(words)} " in whole:
            continue
        if sum(word in known for word in words) >= _SAME_WORDING * len(words):
            runs = (words[at : at + _RUN_OF_WORDS] for at in range(len(words) - _RUN_OF_WORDS + 1))
            if any(f" {' '.join(run)} " not in whole for run in runs):
                yield block


def _is_attachment(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or (
        part.get_content_maintype() not in {"text", "multipart", "message"}
    )


def _message(data: bytes, name: str) -> Message:
    """Return the message that `data` spells, which may be in UTF-16 as a whole."""
    if binary := signature(data[:HEAD_BYTES]):
        raise ParseError(f"{name} is not a message; it seems to be {binary}.")
    if detect(data[:_SAMPLE_BYTES]).startswith(_WIDE_CODECS):
        data = decode(data, name).encode()
    try:
        return message_from_bytes(data, policy=_BytesInHeaders())
    except RecursionError as error:
        raise ParseError(f"{name} nests its parts too deeply.") from error


class _Mail:
    """Reads one message with all that is inside it, within the limits on depth and number."""

    def __init__(self, name: str, options: ParseOptions) -> None:
        self._name = name
        self._options = options
        self._parts = 0
        self._said = ""
        self.remarks: list[str] = []

    def message(self, message: Message, depth: int = 0) -> Iterator[Block]:
        """Yield a message's subject, people and date, then its content."""
        if subject := _header(message, "Subject"):
            yield Block(text=subject, kind=BlockKind.HEADING, level=min(depth + 1, 6))
        people = "\n".join(
            f"{name}: {value}" for name in _HEADERS if (value := _header(message, name))
        )
        if people:
            yield Block(text=people)
        blocks = self._part(message, depth)
        first = next(blocks, None)
        # A page that was saved as a message has its title as its subject.
        if first is not None and " ".join(first.text.split()) != subject:
            yield first
        yield from blocks

    def _part(self, part: Message, depth: int) -> Iterator[Block]:
        self._parts += 1
        if depth > MAX_DEPTH or self._parts > MAX_PARTS:
            self._remark(f"parts past {MAX_PARTS} or nested over {MAX_DEPTH} deep were left out")
        elif _is_encrypted(part):
            raise EncryptedFileError(
                f"{self._name} is encrypted and needs a password or key: save it decrypted."
            )
        elif _is_attachment(part):
            yield from self._attachment(part, depth)
        elif part.get_content_maintype() == "message":
            yield from self._forwarded(part, depth)
        elif part.is_multipart():
            yield from self._multipart(part, depth)
        else:
            yield from self._body(part)

    def _multipart(self, part: Message, depth: int) -> Iterator[Block]:
        parts = _inner(part)
        if part.get_content_subtype() == "alternative":
            yield from self._alternative(parts, depth)
            return
        for inner in parts:
            yield from self._part(inner, depth + 1)

    def _alternative(self, parts: Sequence[Message], depth: int) -> Iterator[Block]:
        """Yield the richest form of a text, and the invitation that may stand beside it.

        The later ones are the richer, unless one says far less than another: that is a stub. Of
        the poorer ones come the paragraphs that put it in other words.
        """
        forms = [(inner, list(self._part(inner, depth + 1))) for inner in parts]
        bodies = [blocks for inner, blocks in forms if inner.get_content_subtype() != "calendar"]
        enough = _RICH_ENOUGH * max(map(_word_count, bodies), default=0)
        bodies = [blocks for blocks in bodies if blocks and _word_count(blocks) >= enough]
        richest = _words_of(bodies[-1]) if bodies else []
        for blocks in reversed(bodies):
            # A form that says other things is no form of the same text.
            if blocks is bodies[-1] or _shared(blocks, bodies[-1]) < _SAME_TEXT:
                yield from blocks
            else:
                yield from _worded_otherwise(blocks, richest)
        for inner, blocks in forms:
            if inner.get_content_subtype() == "calendar":
                yield from blocks

    def _body(self, part: Message) -> Iterator[Block]:
        kind = part.get_content_subtype()
        if kind in _SILENT_SUBTYPES:
            return iter(())
        if kind in _OBJECTS:
            return _OBJECTS[kind](_payload(part))
        text = _text(part, self._name)
        self._said = f" {' '.join(_WORD.findall(text.casefold()))} "
        return html_blocks(text) if kind == "html" else prose_blocks(text)

    def _attachment(self, part: Message, depth: int) -> Iterator[Block]:
        """Yield an attachment's name and, if it is of a format that is read, its blocks."""
        filename = _words(part.get_filename(""), part)
        if part.get_content_subtype() in _TNEF or filename.lower() == "winmail.dat":
            yield from self._outlook(part)
            return
        if filename:
            yield Block(text=f"Attachment: {filename}")
        if part.get_content_maintype() == "message":
            yield from self._forwarded(part, depth)
        elif filename:
            yield from self._file(part, filename, depth)

    def _outlook(self, part: Message) -> Iterator[Block]:
        """Yield what an attachment of Outlook's own kind has beyond the text of the mail."""
        remarks: list[str] = []
        is_text = True
        try:
            for block in inner_blocks(_payload(part), "winmail.dat", self._options, remarks):
                is_text = is_text and not block.text.startswith("Attachment: ")
                if not is_text or f" {' '.join(_words_of([block]))} " not in self._said:
                    yield block
        except ParseError as error:
            self._remark(f"attachment winmail.dat was not read: {error}")
        for remark in remarks:
            self._remark(remark)

    def _forwarded(self, part: Message, depth: int) -> Iterator[Block]:
        is_coded = str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64"
        for inner in _inner(part):
            if is_coded and not inner.keys():
                # No standard allows it, so the parser takes the code for the message's text.
                inner["Content-Transfer-Encoding"] = "base64"
                yield from self.message(_message(_payload(inner), self._name), depth + 1)
            else:
                yield from self.message(inner, depth + 1)

    def _file(self, part: Message, filename: str, depth: int) -> Iterator[Block]:
        data = _payload(part)
        if len(data) > MAX_ATTACHMENT_BYTES:
            limit = MAX_ATTACHMENT_BYTES // 1024**2
            self._remark(f"attachment {filename} is over the limit of {limit} MB")
            return
        try:
            if Path(filename).suffix.lower() in _MAIL_SUFFIXES:
                yield from self.message(_message(data, filename), depth + 1)
            else:
                yield from inner_blocks(data, filename, self._options, self.remarks)
        except ParseError as error:
            self._remark(f"attachment {filename} was not read: {error}")

    def _remark(self, text: str) -> None:
        if text not in self.remarks:
            self.remarks.append(text)


def message_blocks(
    data: bytes, name: str, options: ParseOptions
) -> tuple[Iterator[Block], list[str]]:
    """Return the blocks of a message, and the list that its remarks come into meanwhile."""
    mail = _Mail(name, options)
    return mail.message(_message(data, name)), mail.remarks


def parse_mail(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield a message with its attachments; what was left out is said in a last page."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ParseError(f"{name} is over the limit of {MAX_BYTES // 1024**2} MB for a message.")
    mail = _Mail(name, options)
    message = _message(path.read_bytes(), name)
    number = 0
    with tables_of(name):
        for page in paginate(mail.message(message), options):
            number = page.number
            yield page
    if mail.remarks:
        note = "; ".join(dict.fromkeys(mail.remarks))
        yield Page(number=number + 1, total=0, blocks=(), note=note)
