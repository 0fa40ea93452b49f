"""Files that are small and ask for much: what is read takes no more than in proportion to them."""

import resource
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.support.hostile.kinds import KINDS

CPU_SECONDS = 8
READ = """
import sys
from pathlib import Path
from rag.chunking.base import ChunkOptions
from rag.chunking.registry import find_chunker
from rag.parsing.base import ParseOptions
from rag.parsing.registry import find_parser
from rag.tokenizing.counting import count_tokens

name, path, method = sys.argv[1:]
pages = find_parser(name)(Path(path), name, ParseOptions())
drafts = find_chunker(method)(pages, ChunkOptions(), count_tokens)
print(sum(len(draft.content) for draft in drafts))
"""


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "scale", "most"),
    [
        ("docx_nested_boxes", 1, 500),
        ("docx_repeated_chart", 1, 20_000),
        ("docx_merged_rows", 1, 400_000),
        ("pptx_repeated_slide", 1, 200_000),
        ("pptx_nested_tables", 1, 20_000),
        ("pptx_frames", 1, 500),
        ("html_open_tag", 1, 100),
        ("html_tall_cells", 0.2, 200_000),
        ("csv_wide", 0.5, 1_000_000),
        ("csv_long_name", 0.2, 500_000),
        ("json_long_key", 1, 200_000),
        ("xml_deep", 1, 5000),
        ("xml_entities", 1, 100),
        ("txt_word_list", 0.5, 400_000),
    ],
)
def test_a_hostile_file_is_read_in_proportion(
    tmp_path: Path, name: str, scale: float, most: int
) -> None:
    kind = KINDS[name]
    path = tmp_path / "stored-object"
    path.write_bytes(kind.make(scale))
    limits = partial(resource.setrlimit, resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))

    done = subprocess.run(
        [sys.executable, "-c", READ, f"a.{kind.suffix}", str(path), kind.chunk_method],
        check=False,
        capture_output=True,
        text=True,
        preexec_fn=limits,
    )

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) <= most
