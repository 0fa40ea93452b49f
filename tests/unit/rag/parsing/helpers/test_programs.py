"""Programs of others: what they may take, and how they end."""

import sys
from pathlib import Path

import pytest

from rag.errors import ParserLimitError
from rag.parsing.base import Helpers
from rag.parsing.helpers import programs
from rag.parsing.helpers.programs import ASIDE, Program, Result, fingerprint, found, run

MEMORY = 256 << 20
NOWHERE = Program("A reader", ("no-such-program",), "apt-get install reader", "old files")


def python(folder: Path, code: str, seconds: float = 20.0) -> Result:
    command = (sys.executable, "-S", "-c", code)
    return run(command, folder=folder, seconds=seconds, memory=MEMORY, what="The test")


def test_a_program_answers_and_the_time_that_it_took_is_counted(tmp_path: Path) -> None:
    ASIDE.taken()
    result = python(tmp_path, "import sys; print('out'); print('oh', file=sys.stderr); sys.exit(3)")
    assert (result.code, result.output, result.said) == (3, b"out\n", "oh")
    assert ASIDE.taken() > 0
    assert ASIDE.taken() == 0


def test_a_program_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    code = f"import time; open({str(mark)!r}, 'w').close(); time.sleep(60)"
    with pytest.raises(ParserLimitError, match=r"The test took more than 0\.5 seconds"):
        python(tmp_path, code, seconds=0.5)


def test_a_program_gets_no_more_memory_than_it_may_have(tmp_path: Path) -> None:
    result = python(tmp_path, f"bytearray({MEMORY})")
    assert result.code == 1
    assert "MemoryError" in result.said


def test_a_program_sees_a_folder_and_an_environment_of_its_own(tmp_path: Path) -> None:
    code = "import os; print(os.getcwd(), sorted(os.environ))"
    said = python(tmp_path, code).output.decode()
    assert said.startswith(str(tmp_path))
    assert "['HOME', 'LANG', 'PATH', 'TMPDIR'" in said


def test_what_is_not_installed_is_said_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert found(NOWHERE) == ""
    assert str(NOWHERE.missing("a.doc")) == (
        "a.doc needs A reader, which is not installed here: apt-get install reader"
    )
    monkeypatch.setattr(programs, "PROGRAMS", (NOWHERE,))
    assert programs.presence() == "not installed: A reader, for old files: apt-get install reader"


def test_other_helpers_have_another_fingerprint() -> None:
    kinds = [
        Helpers(),
        Helpers(ocr=False),
        Helpers(ocr_languages="deu"),
        Helpers(speech_url="http://a/v1", speech_model="one"),
        Helpers(speech_url="http://a/v1", speech_model="two"),
    ]
    assert len({fingerprint(kind) for kind in kinds}) == len(kinds)
    assert fingerprint(Helpers(speech_key="secret")) == fingerprint(Helpers())
