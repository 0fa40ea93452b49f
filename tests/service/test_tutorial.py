"""The tutorial: its commands work one after the other, and print what the pages say."""

import re
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.running import ROOT, Server, server_on, wait_until

PAGES = sorted((ROOT / "docs" / "tutorial").glob("[0-9]*.md"))
ADDRESS = "http://127.0.0.1:9380"
STEP = re.compile(r"^```bash\n(.*?)^```\n(?:\n^```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)
KEPT = "export -p > ~/.kept; pwd > ~/.place"
"""What the next block goes on with, as in one terminal."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server_on(tmp_path_factory.mktemp("tutorial") / "data") as running:
        wait_until(running.ingest_workers, "an ingest worker")
        yield running


def printed(server: Server, home: Path, block: str) -> str:
    """Run a block as the next one of a terminal, and return what it prints."""
    go_on = '[ ! -e ~/.kept ] || { . ~/.kept; cd "$(cat ~/.place)"; }'
    program = f"{go_on}\n{block.replace(ADDRESS, server.url)}\n{KEPT}"
    done = subprocess.run(
        ["bash", "-euc", program],
        cwd=ROOT,
        env=server.environment | {"HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def pattern(text: str) -> str:
    """Return what output fits the text of a page, where `...` stands for anything."""
    return ".*".join(map(re.escape, text.strip().split("...")))


@pytest.mark.timeout(300)
def test_the_commands_of_all_pages_print_what_the_pages_say(server: Server, tmp_path: Path) -> None:
    assert len(PAGES) == 5
    for page in PAGES:
        for block, shown in STEP.findall(page.read_text(encoding="utf-8")):
            told = printed(server, tmp_path, block)
            fits = re.fullmatch(pattern(shown), told.strip(), re.DOTALL)
            assert not shown or fits, f"{page.name}:\n{block}\nprints\n{told}\nnot\n{shown}"


def test_each_page_leads_to_the_next() -> None:
    for page, following in pairwise(PAGES):
        assert f"({following.name})" in page.read_text(encoding="utf-8")
        assert f"({page.name})" in (ROOT / "docs/tutorial/README.md").read_text(encoding="utf-8")
