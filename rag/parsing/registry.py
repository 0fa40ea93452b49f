"""Which parser reads a file, and what kind of document it is, by the suffix of its name."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePath

from rag.errors import UnsupportedFormatError
from rag.loading import loaded
from rag.parsing.base import Helpers, PageSize, Parser, PictureOptions

_CODE = (
    "py pyi js mjs cjs jsx ts tsx java c cc cpp cxx h hh hpp hxx cs go rs rb php sh bash sql "
    "kt kts swift scala pl pm lua r m dart groovy hs ex exs erl clj jl vue svelte css scss less "
    "ps1 bat toml proto graphql tf gradle cmake"
)
_TEXT = "txt text log yml yaml ini cfg conf properties"
_SLIDES = "pptx pptm potx potm ppsx ppsm"
_SHEETS = "xlsx xlsm xlsb xltx xltm xls xlt ods ots fods"
_CONVERTED = "doc dot wps wpt sxw stw wpd wri ppt pps pot dps dpt sxi et ett sxc "
_CONVERTED += "pages key"
_UNREAD_DOCUMENTS = "numbers hlp"
_PICTURES = "jpg jpeg jfif png gif bmp tif tiff webp heic heif avif jp2 pbm pgm ppm"
_FILMS = "mp4 avi mkv mov wmv flv webm mpg mpeg 3gp 3gpp m4v"
_VISUAL = (
    "jpg jpeg jfif png gif bmp tif tiff webp svg ico heic heif avif jp2 pbm pgm ppm apng psd pcx "
    "tga exif fpx cdr pcd dxf ufo eps ai raw wmf "
    f"{_FILMS}"
)
_SOUND = "mp3 wav flac aac ogg oga opus wma m4a aiff aif au amr"
_AURAL = f"{_SOUND} mid midi ape realaudio vqf oggvorbis"


def _by_suffix(table: Mapping[str, str]) -> Mapping[str, str]:
    """Turn a table of value to suffixes into one of suffix to value."""
    return {suffix: value for value, suffixes in table.items() for suffix in suffixes.split()}


_PARSERS = _by_suffix(
    {
        "rag.parsing.text.plain:parse_text": _TEXT,
        "rag.parsing.text.plain:parse_code": _CODE,
        "rag.parsing.text.marked_up:parse_marked_up": "rst org adoc asciidoc tex latex",
        "rag.parsing.text.subtitles:parse_subtitles": "srt vtt sbv ass ssa",
        "rag.parsing.text.markdown:parse_markdown": "md markdown",
        "rag.parsing.web.webpage:parse_html": "html htm xhtml",
        "rag.parsing.web.xml_tree:parse_xml": "xml nxml",
        "rag.parsing.web.drawing:parse_drawing": "svg",
        "rag.parsing.books.epub:parse_epub": "epub",
        "rag.parsing.books.fiction:parse_fiction": "fb2",
        "rag.parsing.archives.folders:parse_archive": "zip tar tgz gz bz2 tbz2 xz txz 7z",
        "rag.parsing.text.delimited:parse_delimited": "csv tsv",
        "rag.parsing.office.spreadsheet:parse_workbook": _SHEETS,
        "rag.parsing.text.json_values:parse_json": "json ipynb boxnote",
        "rag.parsing.text.json_values:parse_json_lines": "jsonl ndjson ldjson",
        "rag.parsing.office.word:parse_docx": "docx docm dotx dotm",
        "rag.parsing.office.slides:parse_pptx": _SLIDES,
        "rag.parsing.office.converted:parse_converted": _CONVERTED,
        "rag.parsing.office.hangul.packed:parse_hwpx": "hwpx",
        "rag.parsing.office.hangul.records:parse_hwp": "hwp",
        "rag.parsing.office.rich_text:parse_rich_text": "rtf",
        "rag.parsing.office.opendocument.texts:parse_text_document": "odt ott fodt",
        "rag.parsing.office.opendocument.slides:parse_slides": "odp otp fodp",
        "rag.parsing.pdf.document:parse_pdf": "pdf",
        "rag.parsing.image.document:parse_picture": _PICTURES,
        "rag.parsing.speech.recording:parse_recording": f"{_SOUND} {_FILMS}",
        "rag.parsing.mail.message:parse_mail": "eml mht mhtml",
        "rag.parsing.mail.outlook:parse_outlook": "msg",
        "rag.parsing.mail.tnef:parse_tnef": "tnef dat",
        "rag.parsing.mail.mailbox:parse_mailbox": "mbox mbx",
        "rag.parsing.mail.calendar:parse_calendar": "ics ical",
        "rag.parsing.mail.contacts:parse_contacts": "vcf vcard",
    }
)
_COUNTERS = _by_suffix(
    {
        "rag.parsing.pdf.document:count_pages": "pdf",
        "rag.parsing.office.slides:count_slides": _SLIDES,
    }
)
_SIZES = _by_suffix(
    {
        "rag.parsing.pdf.pictures:page_sizes": "pdf",
        "rag.parsing.image.sizes:image_sizes": "png jpg jpeg",
    }
)
_LAID_OUT = _by_suffix(
    {
        "rag.parsing.office.layout:lay_out_text": "docx docm dotx dotm doc dot wps wpt rtf odt ott "
        "fodt sxw stw wpd wri pages",
        "rag.parsing.office.layout:lay_out_slides": f"{_SLIDES} ppt pps pot dps dpt sxi odp otp "
        "fodp key",
        "rag.parsing.office.layout:lay_out_sheets": f"{_SHEETS} et ett sxc",
    }
)
_PLACED = frozenset(f"pdf png jpg jpeg {_SLIDES} ppt pps pot dps dpt sxi key".split())
_WORDS = _by_suffix({"rag.parsing.pdf.words:write_words": "pdf"})
_DRAWN = _by_suffix({"rag.parsing.pdf.pictures:draw_pages": "pdf"})
_TYPES = {
    **dict.fromkeys(_PARSERS, "doc"),
    **_by_suffix({"doc": _UNREAD_DOCUMENTS, "visual": _VISUAL, "aural": _AURAL, "pdf": "pdf"}),
}


_LIGHT = ("rag.parsing.text.", "rag.parsing.web.")


def suffix_of(name: str) -> str:
    """Return the suffix of a file name in lower case, without its dot; empty if it has none."""
    return PurePath(name).suffix.removeprefix(".").lower()


def supported_suffixes() -> frozenset[str]:
    """Return the suffixes, in lower case without a dot, of the files that can be parsed."""
    return frozenset(_PARSERS)


def light_suffixes() -> frozenset[str]:
    """Return the suffixes of files that need no helper, and no more time than they are long."""
    return frozenset(suffix for suffix, parser in _PARSERS.items() if parser.startswith(_LIGHT))


def find_parser(name: str) -> Parser:
    """Return the parser for a file called `name`; UnsupportedFormatError if there is none."""
    suffix = suffix_of(name)
    if suffix not in _PARSERS:
        what = f"of type .{suffix}" if suffix else "without a suffix"
        raise UnsupportedFormatError(f"{name}: files {what} are not supported yet.")
    parser: Parser = loaded(_PARSERS[suffix])
    return parser


def has_pages(name: str) -> bool:
    """Return whether a file of this name has pages or slides that can be counted."""
    return suffix_of(name) in _COUNTERS


def page_count(path: Path, name: str) -> int:
    """Return how many pages or slides a file has, or 0 if its format has none to count.

    Raises ParseError like the parser of the file.
    """
    entry = _COUNTERS.get(suffix_of(name))
    if entry is None:
        return 0
    count: Callable[[Path, str], int] = loaded(entry)
    return count(path, name)


def sized_suffixes() -> frozenset[str]:
    """Return the suffixes of the files whose pages can be shown as pictures."""
    return frozenset(_SIZES)


def is_laid_out(name: str) -> bool:
    """Return whether a file of this name has pages when LibreOffice has made a PDF of it."""
    return suffix_of(name) in _LAID_OUT


def is_placed(name: str) -> bool:
    """Return whether chunks of a file of this name tell where they stand on its pages."""
    return suffix_of(name) in _PLACED


def lay_out(path: Path, name: str, target: Path, helpers: Helpers) -> None:
    """Write what a file looks like into a PDF, the `target`; raises ParseError like its parser."""
    write: Callable[[Path, str, Path, Helpers], None] = loaded(_LAID_OUT[suffix_of(name)])
    write(path, name, target, helpers)


def is_picture(name: str) -> bool:
    """Return whether a file of this name is itself the picture of its only page."""
    return suffix_of(name) in _SIZES.keys() - _DRAWN.keys()


def page_sizes(path: Path, name: str) -> list[PageSize]:
    """Return how large the pages of a file are; raises ParseError like its parser."""
    sizes: Callable[[Path, str], list[PageSize]] = loaded(_SIZES[suffix_of(name)])
    return sizes(path, name)


def write_words(path: Path, name: str, target: Path) -> None:
    """Write the words of a PDF with their places into the `target`; raises ParseError."""
    write: Callable[[Path, str, Path], None] = loaded(_WORDS[suffix_of(name)])
    write(path, name, target)


def draw_pages(path: Path, name: str, options: PictureOptions) -> Iterator[tuple[int, bytes]]:
    """Yield the numbers of pages with their pictures in PNG; raises ParseError like its parser."""
    draw: Callable[[Path, str, PictureOptions], Iterator[tuple[int, bytes]]] = loaded(
        _DRAWN[suffix_of(name)]
    )
    return draw(path, name, options)


def document_type(name: str) -> str:
    """Return "pdf", "doc", "visual", "aural" or "other", by the suffix of a file name."""
    return _TYPES.get(suffix_of(name), "other")
