"""Files that are small and ask for very much: all kinds by name, made on the spot.

The size of a file is a matter of `scale`: 1 makes the one whose figures docs/benchmarks.md gives,
0.01 one that a test can afford. What crashes or hangs a library of others is not kept here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.support.hostile import (
    delimited,
    mails,
    opendocument,
    pages,
    pdfs,
    plain,
    sheets,
    slides,
    word,
)

Make = Callable[[float], bytes]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its suffix, how one is made, and the chunk method that it is aimed at."""

    suffix: str
    make: Make
    chunk_method: str = "naive"


def _of(suffix: str, **makers: Make) -> dict[str, Kind]:
    return {f"{suffix}_{name}": Kind(suffix, make) for name, make in makers.items()}


KINDS: Mapping[str, Kind] = {
    **_of(
        "docx",
        nested_boxes=word.nested_boxes,
        repeated_chart=word.repeated_chart,
        headers=word.headers,
        merged_rows=word.merged_rows,
        wide_cells=word.wide_cells,
        long_paragraph=word.long_paragraph,
        repeated_paragraph=word.repeated_paragraph,
        packed_part=word.packed_part,
        many_parts=word.many_parts,
    ),
    **_of(
        "pptx",
        repeated_slide=slides.repeated_slide,
        tiny_repeated_slide=slides.tiny_repeated_slide,
        nested_tables=slides.nested_tables,
        frames=slides.frames,
    ),
    **_of(
        "xlsx",
        repeated_string=sheets.repeated_string,
        merged_rows=sheets.merged_rows,
        far_cell=sheets.far_cell,
        far_cells=sheets.far_cells,
    ),
    **_of(
        "html",
        tall_cells=pages.tall_cells,
        square_cells=pages.square_cells,
        open_tag=pages.open_tag,
    ),
    **_of("xml", deep=pages.deep_xml, entities=pages.entities),
    **_of("csv", wide=delimited.wide, open_quotes=delimited.open_quotes),
    "csv_long_name": Kind("csv", delimited.long_name, "table"),
    "json_long_key": Kind("json", delimited.long_key),
    **_of(
        "pdf",
        repeated_page=pdfs.repeated_page,
        form_tree=pdfs.form_tree,
        packed_stream=pdfs.packed_stream,
        long_strings=pdfs.long_strings,
        scattered_lines=pdfs.scattered_lines,
    ),
    **_of(
        "eml",
        chart_files=mails.chart_files,
        far_sheets=mails.far_sheets,
        nested=mails.nested,
        gzip=mails.gzip,
    ),
    **_of(
        "fodt",
        deep_sections=opendocument.deep_sections,
        repeated_cells=opendocument.repeated_cells,
        tall_cells=opendocument.tall_cells,
        blanks=opendocument.blanks,
    ),
    "fodp_groups": Kind("fodp", opendocument.groups),
    **_of(
        "txt",
        dots=plain.dots,
        hyphens=plain.hyphens,
        dot_lines=plain.dot_lines,
        word_list=plain.word_list,
    ),
}
