"""The terminal of somebody who follows a page of the docs, one block after the other."""

import re
import shlex
import subprocess
import textwrap
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path

from tests.command import Command
from tests.running import ROOT, Server

ADDRESS = "http://127.0.0.1:9380"
BLOCK = re.compile(r"^ *```bash\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
KEPT = re.compile(r"(\w+)=\$\((.*)\)")
PIPED = re.compile(r'echo "([^"]*)" \| |openssl rand [^|]*\| ')
SET = re.compile(r"\w+=")
RAGLAN = "raglan "


def blocks_of(name: str) -> list[str]:
    """Return the blocks of commands of a page, in the order of the page."""
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    return [textwrap.dedent(block) for block in BLOCK.findall(page)]


@dataclass
class Terminal:
    """Runs lines as they stand, but for the names of servers that `known` has others for.

    What `raglan` does is done in this process, which spares the start of one for each line; all
    other lines are run by bash.
    """

    server: Server
    folder: Path
    known: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, block: str) -> list[str]:
        """Run a block and return what each line of it prints; a line that fails is an error."""
        return list(self.lines(block))

    def lines(self, block: str) -> Iterator[str]:
        """Run a block line by line; whoever asks may set variables between two of them."""
        for name, value in {ADDRESS: self.server.url, **self.known}.items():
            block = block.replace(name, value)
        for line in block.replace("\\\n", " ").splitlines():
            yield self.line(line.removeprefix("export ")) if line else ""

    def line(self, line: str) -> str:
        """Run a line."""
        if kept := KEPT.fullmatch(line):
            self.variables[kept[1]] = self.line(kept[2]).strip()
            return ""
        words = shlex.split(line)
        if all(SET.match(word) for word in words):
            self.variables.update(self.filled(word).split("=", 1) for word in words)
            return ""
        piped = PIPED.match(line)
        command = line[piped.end() :] if piped else line
        if not command.startswith(RAGLAN):
            return self.shell(line)
        typed = self.filled(piped[1] or "made up by nobody") + "\n" if piped else ""
        command, _, file = command.partition(" > ")
        printed = self.raglan(shlex.split(command)[1:], typed)
        if file:
            (self.folder / file).write_text(printed, encoding="utf-8")
        return printed

    def raglan(self, words: list[str], typed: str) -> str:
        """Run the command line."""
        run = Command({**self.server.environment, **self.variables})
        with chdir(self.folder):
            done = run(*map(self.filled, words), answer=typed)
        assert done.status == 0, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def shell(self, line: str) -> str:
        """Run a line by bash."""
        done = subprocess.run(
            ["bash", "-euc", line],
            cwd=self.folder,
            env={**self.server.environment, **self.variables},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def filled(self, text: str) -> str:
        """Return a text with the variables that are set here put in."""
        return re.sub(r"\$(\w+)", lambda found: self.variables[found[1]], text)
