"""Bodies in rich text as Outlook keeps them: packed (MS-OXRTFCP), with HTML or text inside."""

import re
import struct

_SEED = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_WINDOW = 4096
_PLAIN, _PACKED = b"MELA", b"LZFu"
_HEADER = 16
_MOST_BYTES = 64 * 1024**2
_TOKEN = re.compile(
    r"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)",
    re.IGNORECASE,
)
_SILENT_WORDS = (
    "fonttbl colortbl stylesheet info pict object header footer generator themedata listtable"
)
_SILENT = frozenset(_SILENT_WORDS.split())
_SAID = {"par": "\n", "line": "\n", "tab": "\t", "lquote": "‘", "rquote": "’", "bullet": "•"}
_SAID |= {"ldblquote": "“", "rdblquote": "”", "endash": "–", "emdash": "—"}


def unpacked(data: bytes) -> bytes:
    """Return the rich text that is packed; empty if it is not packed so."""
    if len(data) < _HEADER or data[8:12] not in {_PLAIN, _PACKED}:
        return b""
    size = min(struct.unpack_from("<I", data, 4)[0], _MOST_BYTES)
    if data[8:12] == _PLAIN:
        return data[_HEADER : _HEADER + size]
    window = bytearray(_SEED.ljust(_WINDOW, b"\0"))
    place, out, at = len(_SEED), bytearray(), _HEADER
    while at < len(data) and len(out) < size:
        flags, at = data[at], at + 1
        for bit in range(8):
            if not flags >> bit & 1:
                piece, at = data[at : at + 1], at + 1
            else:
                reference = int.from_bytes(data[at : at + 2], "big")
                at += 2
                start = reference >> 4
                if start == place:
                    return bytes(out[:size])
                piece = _copied(window, start, (reference & 15) + 2, place)
            for byte in piece:
                window[place] = byte
                place = (place + 1) % _WINDOW
            out += piece
    return bytes(out[:size])


def _copied(window: bytearray, start: int, length: int, place: int) -> bytes:
    """Return a piece of the window, which may run into what it makes itself."""
    found = bytearray()
    for step in range(length):
        source = (start + step) % _WINDOW
        behind = (source - place) % _WINDOW
        found.append(found[behind] if behind < len(found) else window[source])
    return bytes(found)


class _Text:
    """Reads rich text: what HTML or words it holds."""

    def __init__(self, markup: str) -> None:
        self._markup = markup
        self.is_html = "\\fromhtml" in markup[:2000]
        found = re.search(r"\\ansicpg(\d{3,5})", markup[:2000])
        self._codec = f"cp{found[1]}" if found else "cp1252"
        self._out: list[str] = []
        self._bytes = bytearray()
        self._silent: list[bool] = [False]
        self._skips = 0
        self._is_rtf_only = False
        self._is_starred = False

    def read(self) -> str:
        """Return the HTML, or the words."""
        for found in _TOKEN.finditer(self._markup):
            word, number, code, sign, brace, text = found.groups()
            if code:
                self._add_byte(int(code, 16))
                continue
            self._flush()
            if brace:
                self._brace(brace)
            elif word:
                self._word(word.lower(), number)
            elif sign:
                self._sign(sign)
            elif text:
                self._say(text)
        self._flush()
        return "".join(self._out)

    def _brace(self, brace: str) -> None:
        self._is_starred = False
        if brace == "{":
            self._silent.append(self._silent[-1])
        elif len(self._silent) > 1:
            self._silent.pop()

    def _sign(self, sign: str) -> None:
        if sign == "*":
            self._is_starred = True
        elif sign in "{}\\":
            self._say(sign)
        elif sign == "~":
            self._say("\xa0")

    def _word(self, word: str, number: str | None) -> None:
        starred, self._is_starred = self._is_starred, False
        if word == "htmlrtf":
            self._is_rtf_only = number != "0"
        elif word == "htmltag":
            self._silent[-1] = False
        elif word in _SILENT or (starred and word != "htmltag"):
            self._silent[-1] = True
        elif word == "u" and number:
            self._say(chr(int(number) % 0x10000))
            self._skips = 1
        elif word in _SAID:
            self._say(_SAID[word])

    def _add_byte(self, byte: int) -> None:
        if self._skips:
            self._skips = 0
        elif self._speaks():
            self._bytes.append(byte)

    def _speaks(self) -> bool:
        return not self._silent[-1] and not self._is_rtf_only

    def _say(self, text: str) -> None:
        if self._skips and text[:1] == "?":
            text = text[1:]
        self._skips = 0
        if self._speaks():
            self._out.append(text)

    def _flush(self) -> None:
        if self._bytes:
            try:
                self._out.append(self._bytes.decode(self._codec, "replace"))
            except LookupError:
                self._out.append(self._bytes.decode("cp1252", "replace"))
            self._bytes.clear()


def read_rich_text(data: bytes) -> tuple[str, bool]:
    """Return what rich text holds, and whether that is HTML."""
    text = _Text(data.decode("latin-1"))
    said = text.read().encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return said, text.is_html
