"""Converting files with LibreOffice, headless, in a profile of its own, without macros or network.

A tracked deletion has its right text in what is converted to .docx, and in nothing else that
LibreOffice writes: text, HTML and PDF show the old and the new words as one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

from rag.errors import ParseError
from rag.parsing.base import Helpers
from rag.parsing.helpers.programs import LIBREOFFICE, found, run

_RESTART = 81
"""The exit status of a first start, which only makes the profile."""

_SETTING = (
    '<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse">'
    "<value>{value}</value></prop></item>"
)
_SETTINGS = (
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Writer/Content/Update", "Link", "0"),
    ("Office.Calc/Content/Update", "Link", "2"),
    ("Inet/Settings", "ooInetProxyType", "1"),
    ("Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPSProxyPort", "9"),
)
_PROFILE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<oor:items xmlns:oor="http://openoffice.org/2001/registry">'
    + "".join(_SETTING.format(path=path, name=name, value=value) for path, name, value in _SETTINGS)
    + "</oor:items>\n"
)


@contextmanager
def converted(path: Path, name: str, kinds: tuple[str, str], helpers: Helpers) -> Iterator[Path]:
    """Convert the file at `path`, called `name`, for a `with` block.

    `kinds` are the suffixes that it is to be taken for and to become. Raises UnsupportedFormatError
    without LibreOffice, ParserLimitError where it takes too long, and ParseError where it makes
    nothing of the file: its exit status tells nothing of that.
    """
    program = found(LIBREOFFICE)
    if not program:
        raise LIBREOFFICE.missing(name)
    before, after = kinds
    with TemporaryDirectory(prefix="convert-") as place:
        folder = Path(place)
        source = folder / f"file.{before}"
        copyfile(path, source)
        _convert(program, source, after, name, helpers)
        result = folder / "out" / f"file.{after}"
        if not result.exists() or not result.stat().st_size:
            raise ParseError(
                f"LibreOffice can make nothing of {name}: it is damaged, locked by a password, or"
                f" no {before} file. Save it in a newer format."
            )
        yield result


def _convert(program: str, source: Path, after: str, name: str, helpers: Helpers) -> None:
    folder = source.parent
    (folder / "profile" / "user").mkdir(parents=True)
    settings = folder / "profile" / "user" / "registrymodifications.xcu"
    settings.write_text(_PROFILE, encoding="utf-8")
    command = (
        # The program itself, not what starts it: that would leave it behind when it is ended.
        str(Path(program).with_name("soffice.bin")),
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        "--headless",
        "--norestore",
        "--nolockcheck",
        "--convert-to",
        after,
        "--outdir",
        str(folder / "out"),
        str(source),
    )
    for _ in range(2):
        result = run(
            command,
            folder=folder,
            seconds=helpers.convert_seconds,
            memory=helpers.memory,
            what=f"The conversion of {name} by LibreOffice",
        )
        if result.code != _RESTART:
            return
