"""Figures in the documentation are those of the code: who changes one changes both."""

import re
from datetime import timedelta

import gunicorn.config
import pytest

from api.config.live import LOOK_SECONDS
from api.config.section import Section
from api.config.settings import Settings
from api.db.space import FREED_PAGES
from api.http.middleware import SANE_ID
from api.http.requests import MOST_KEYS
from api.http.words import MOST_BYTES
from api.jobs.monitoring import NAP, SAMPLE_EVERY
from api.processes.descriptors import BESIDE
from api.schemas.auto_metadata import AUTO_METADATA_LIMIT
from api.schemas.base import MAX_IDS, MAX_PAGE_SIZE, MAX_TEXT
from api.schemas.chunk_fields import CONTENT_LIMIT, LIST_LIMIT
from api.schemas.credentials import MOST_KEY
from api.schemas.searching import MAX_QUESTION
from api.schemas.spoken import MOST_CHARACTERS, MOST_MESSAGES, MOST_PARTS
from api.schemas.structure import DEEPEST, MOST_VALUES
from api.services.accounts.sign_in_limits import KNOWN_FOR
from api.services.library.cleanup import PAUSE
from api.services.library.disk import BALLAST_BYTES, MOST_RESERVED
from api.services.library.documents import MOST_TOLD
from api.services.operations.checking import PATIENCE
from api.services.operations.worker_report import SILENT_SECONDS
from api.tasks.figures import LONGEST_AGE
from api.workers.watching import HUNG_LEASES
from rag.engines.defaults import THRESHOLD, VECTOR_WEIGHT
from rag.engines.sqlite.schema import FREED_BYTES, LOG_BYTES
from rag.ingestion.limits import DOCUMENT_TIMES, LARGE, MEGABYTE, MEMORY_PER_BYTE
from rag.ingestion.watch import LOOK_SECONDS as LOOK_AT_PARSER
from rag.ingestion.watch import NEAR
from rag.keepalive import KEEPALIVE
from rag.parsing.mail import message
from rag.parsing.office import archive
from rag.parsing.office.ooxml import MAX_RUNS
from rag.parsing.office.sheets.old import MAX_CELLS
from rag.parsing.office.sheets.workbook import MOST_COLUMNS
from rag.parsing.rows import EMPTY_CELLS, EMPTY_PER_FILLED
from rag.parsing.text.json_values import MAX_BYTES as MAX_JSON
from rag.parsing.web.webpage import MAX_BYTES as MAX_PAGE
from rag.parsing.web.xml_tree import MAX_BYTES as MAX_XML
from rag.quoting import LONGEST, MOST_LISTED
from rag.shortening import LONGEST_REPEATED
from tests.running import ROOT
from tests.support.limits import JSON_BYTES, OPEN_BYTES

WORDS = {2: "two", 4: "four", 10: "ten"}
KIB, MIB = 1 << 10, 1 << 20
PAGE = 4096
"""Bytes of a page of SQLite."""


def often(seconds: float) -> str:
    """Return how often a second something is done at intervals."""
    count = round(1 / seconds)
    return f"{WORDS.get(count, count)} times a second"


SENTENCES = [
    ("metrics.md", f"woke a sleeper, {often(NAP)}"),
    ("metrics.md", f"looked at {'once' if SAMPLE_EVERY == 1 else often(SAMPLE_EVERY)} a second"),
    ("metrics.md", f"are up to\n  {LONGEST_AGE:g} s old"),
    ("errors.md", f"at most {MOST_BYTES * 2 // 1000} KB, whatever was sent"),
    ("errors.md", f"for the first {MOST_LISTED} fields"),
    ("errors.md", f"cut after {LONGEST} characters"),
    ("errors.md", f"a JSON body over {JSON_BYTES // MIB} MiB"),
    ("errors.md", f"over {OPEN_BYTES // KIB} KiB"),
    ("errors.md", f"answers within {WORDS[round(PATIENCE)]} seconds"),
    ("errors.md", f"has not been heard of for {SILENT_SECONDS:g} s"),
    ("api.md", f"at most {MAX_PAGE_SIZE:,}"),
    ("api.md", f"Calls that take ids take at most {MAX_IDS:,}"),
    ("api.md", f"`vector_similarity_weight` ({VECTOR_WEIGHT})"),
    ("api.md", f"`similarity_threshold` ({THRESHOLD})"),
    ("settings.md", "in all web and ingest workers within two seconds"),
    ("limits.md", f"| JSON body | {JSON_BYTES // MIB} MiB |"),
    ("limits.md", f"sign-in, sign-up, system | {OPEN_BYTES // KIB} KiB |"),
    ("limits.md", f"in the query | {DEEPEST} |"),
    ("limits.md", f"| {MOST_VALUES:,} (commas"),
    ("limits.md", f"{MOST_KEYS:,} keys in the outermost object"),
    ("limits.md", f"| ids in a list | {MAX_IDS:,} |"),
    ("limits.md", f"| other lists | {LIST_LIMIT:,}: messages"),
    ("limits.md", f"| any other text of a field | {MAX_TEXT:,} characters"),
    ("limits.md", f'| an error | {MOST_LISTED} problems, then "and N more"; {LONGEST} characters'),
    ("limits.md", f"of a value; {MOST_BYTES * 2 // 1000} KB in all"),
    ("limits.md", f"to an assistant | {MAX_QUESTION:,} characters |"),
    ("limits.md", f"that is one text | {MOST_CHARACTERS:,} characters |"),
    ("limits.md", f"changed by hand | {CONTENT_LIMIT:,} characters"),
    ("limits.md", f"`important_keywords` | {CONTENT_LIMIT:,} characters in all |"),
    ("limits.md", f"`auto_metadata_config` | {AUTO_METADATA_LIMIT:,} bytes"),
    ("api.md", f"documents' metadata (at most {MOST_TOLD:,})"),
    ("limits.md", f"a key of a model provider | {MOST_KEY:,} characters"),
    ("limits.md", f"within {timedelta(seconds=KNOWN_FOR).days} days"),
    ("limits.md", f"looked at {1 / LOOK_AT_PARSER:.0f} times a second"),
    ("limits.md", f"over {NEAR:.0%} of it".replace("%", " %")),
    ("limits.md", f"and {MEMORY_PER_BYTE} bytes for each byte"),
    ("limits.md", f"in proportion over {LARGE // MEGABYTE} MB"),
    ("limits.md", f"their own work included | {DOCUMENT_TIMES} times that"),
    ("limits.md", f"unpacked | {archive.MAX_TOTAL_BYTES >> 30} GB; {archive.MAX_MEMBERS:,} parts"),
    ("limits.md", f"{archive.MAX_RATIO} to 1 for a part over {archive.RATIO_FREE_BYTES // MIB} MB"),
    ("limits.md", f"for all parts together over {archive.RATIO_FREE_TOTAL_BYTES // MIB} MB"),
    ("limits.md", f"an XML file | {MAX_XML // MIB} MB"),
    ("limits.md", f"a JSON file that is one value; a web page; a message | {MAX_JSON // MIB} MB"),
    ("limits.md", f"attachments of a message | {message.MAX_ATTACHMENT_BYTES // MIB} MB each"),
    ("limits.md", f"{message.MAX_PARTS} parts; {message.MAX_DEPTH} levels"),
    ("limits.md", f"{FREED_PAGES * PAGE / MIB / PAUSE:.0f} MB a second of the database's file"),
    ("limits.md", f"and {FREED_BYTES / MIB / PAUSE:.0f} MB of the chunk store's"),
    ("operations.md", f"one file descriptor per connection and about {BESIDE} more"),
    ("errors.md", "(`[A-Za-z0-9._-]`, at most 64 characters)"),
    ("limits.md", f"a sheet of an old workbook (xls, ods) | {MAX_CELLS:,} cells"),
    ("limits.md", f"a sheet of a workbook (xlsx) | 2^20 rows, {MOST_COLUMNS:,} columns"),
    ("limits.md", f"| {EMPTY_CELLS:,}, and {EMPTY_PER_FILLED} for each cell"),
    ("limits.md", f"a JSON value | {LONGEST_REPEATED} characters"),
    ("limits.md", f"a paragraph of a Word file | {MAX_RUNS:,} runs"),
    ("limits.md", f"`ballast` of {BALLAST_BYTES // MIB} MiB"),
    ("limits.md", f"are cut to {LOG_BYTES // MIB} MB"),
    ("limits.md", f"at most a {'twentieth' if MOST_RESERVED == 20 else MOST_RESERVED} of the disk"),
    ("limits.md", f"{WORDS[HUNG_LEASES]} leases, {HUNG_LEASES * Settings().worker.lease:g} s"),
    ("limits.md", f"does not report | {SILENT_SECONDS:g} s |"),
    ("limits.md", f"{KEEPALIVE['idle'] + KEEPALIVE['interval'] * KEEPALIVE['count']} s idle"),
]


@pytest.mark.parametrize(("page", "sentence"), SENTENCES)
def test_a_page_says_what_the_code_does(page: str, sentence: str) -> None:
    assert sentence in (ROOT / "docs" / page).read_text(encoding="utf-8")


def test_a_changed_setting_is_seen_in_the_time_that_is_told() -> None:
    assert LOOK_SECONDS <= 2, "docs/settings.md: within two seconds"


def test_what_is_held_as_a_whole_has_one_limit() -> None:
    assert {MAX_JSON, MAX_PAGE, message.MAX_BYTES} == {64 * MIB}


def test_a_request_id_of_a_client_is_what_the_page_says() -> None:
    assert SANE_ID.pattern == "[A-Za-z0-9._-]{1,64}"


def test_the_lists_that_limits_name_together_have_one_limit() -> None:
    assert {LIST_LIMIT, MOST_MESSAGES, MOST_PARTS} == {1000}


def test_gunicorn_reads_no_more_than_is_told() -> None:
    [row] = [row for row in rows_of("limits.md") if row[0].startswith("line of a request")]
    configured = re.search(
        r"^limit_request_line = (\d+)$",
        (ROOT / "gunicorn_config.py").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert configured
    fields = gunicorn.config.LimitRequestFields.default
    size = gunicorn.config.LimitRequestFieldSize.default
    assert row[1] == f"{int(configured[1]):,} bytes; {fields} of {size:,} bytes"


def rows_of(page: str) -> list[list[str]]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]


DEFAULTS = {
    f"{section}.{key}": default
    for section, values in Settings()
    if isinstance(values, Section)
    for key, default in values
}


TOLD_OTHERWISE = {"worker.lease"}
"""Of this two are told, which is among the sentences above."""


def shown(value: float) -> set[str]:
    """Return how a number may be written."""
    sizes = {"GiB": 1 << 30, "MiB": MIB, "MB": MIB, "KiB": KIB}
    sized = {f"{value / size:g} {unit}" for unit, size in sizes.items()}
    return {f"{value:,.0f}", f"{value:g}", *sized}


def limits_of_settings() -> dict[str, list[str]]:
    """Return what limits.md says of each setting that has a limit by default."""
    found: dict[str, list[str]] = {}
    for _, limit, settings, *_ in (row for row in rows_of("limits.md") if len(row) == 4):
        for name in re.findall(r"`([a-z]+\.[a-z_]+)`", settings):
            default = DEFAULTS[name]
            if isinstance(default, int | float) and default and name not in TOLD_OTHERWISE:
                found.setdefault(name, []).append(limit)
    return found


@pytest.mark.parametrize(("setting", "limits"), limits_of_settings().items())
def test_a_limit_is_the_default_of_its_setting(setting: str, limits: list[str]) -> None:
    told = [limit for limit in limits if not re.fullmatch(r"[^0-9]*`[a-z_.]+`.*", limit)]
    figures = {
        figure for limit in told for figure in re.findall(r"\d+ [GMK]i?B|\d[\d,.]*\d|\d", limit)
    }
    assert not told or shown(float(DEFAULTS[setting])) & figures, limits
