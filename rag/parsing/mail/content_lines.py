"""Lines of calendars (RFC 5545) and address cards (vCard 2.1 to 4.0): names, parameters, values."""

import quopri
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rag.parsing.decoding import detect

_FOLD = re.compile(rb"\r?\n[ \t]")
_LINE = re.compile(r'(?:([\w-]+)\.)?([\w-]+)((?:;(?:[^":;]|"[^"]*")*)*):(.*)', re.DOTALL)
_PARAMETER = re.compile(r';([\w-]+)(?:=((?:"[^"]*"|[^";])*))?')
_ESCAPED = re.compile(r"\\(.)")
_SAMPLE = 64 * 1024


def _unescaped(found: re.Match[str]) -> str:
    return "\n" if found[1] in "nN" else found[1]


@dataclass(frozen=True, slots=True)
class ContentLine:
    """One property; names of parameters are in capitals."""

    name: str
    parameters: Mapping[str, str]
    value: str

    def text(self) -> str:
        """Return the value without its escapes."""
        return _ESCAPED.sub(_unescaped, self.value).strip()

    def parts(self) -> list[str]:
        """Return the parts of a value such as a name or an address."""
        pieces = re.split(r"(?<!\\);", self.value)
        return [_ESCAPED.sub(r"\1", piece).strip() for piece in pieces]


def _unfolded(data: bytes) -> list[bytes]:
    """Return the lines of a file; a fold may stand within a character, so bytes are joined."""
    lines: list[bytes] = []
    for line in _FOLD.sub(b"", data.replace(b"\r\n", b"\n")).split(b"\n"):
        is_soft = lines and lines[-1].endswith(b"=") and b"QUOTED-PRINTABLE" in lines[-1].upper()
        if is_soft:
            lines[-1] = lines[-1][:-1] + line
        else:
            lines.append(line)
    return lines


def content_lines(data: bytes) -> Iterator[ContentLine]:
    """Yield the properties of a calendar or card; what is no property is left out."""
    codec = detect(_FOLD.sub(b"", data[:_SAMPLE])) or "utf-8"
    if codec.startswith(("utf-16", "utf-32")):
        data, codec = data.decode(codec, "replace").encode(), "utf-8"
    for line in _unfolded(data.removeprefix(b"\xef\xbb\xbf")):
        found = _LINE.fullmatch(line.decode(codec, "replace"))
        if found is None:
            continue
        parameters = {
            name.upper(): (value or "").strip('"') for name, value in _PARAMETER.findall(found[3])
        }
        yield ContentLine(found[2].upper(), parameters, _value(found[4], parameters, codec))


def _value(value: str, parameters: Mapping[str, str], codec: str) -> str:
    said = {key if not given else given.upper() for key, given in parameters.items()}
    if "QUOTED-PRINTABLE" not in said:
        return value
    decoded = quopri.decodestring(value.encode(codec, "replace"))
    try:
        return decoded.decode(parameters.get("CHARSET") or codec, "replace")
    except LookupError:
        return decoded.decode("utf-8", "replace")
