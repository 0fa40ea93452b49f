"""Ctrl-C while a program's code is being loaded."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import ROOT

SLOW = """
import sys, time
sys.stdout.write("loading\\n")
sys.stdout.flush()
time.sleep(600)
"""

INTERRUPTED = 130


@pytest.mark.parametrize(
    "program",
    [
        [sys.executable, "-m", "api.worker"],
        [sys.executable, "-m", "api.registrar"],
        [sys.executable, "-m", "api.cli.main", "prepare"],
        [str(Path(sys.executable).with_name("raglan")), "datasets"],
    ],
    ids=["worker", "registrar", "prepare", "raglan"],
)
def test_a_program_that_is_interrupted_while_it_loads_says_nothing(
    program: list[str], tmp_path: Path
) -> None:
    (tmp_path / "pydantic.py").write_text(SLOW, encoding="utf-8")
    with subprocess.Popen(
        program,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "loading\n"
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED
    assert said == ("", "")
