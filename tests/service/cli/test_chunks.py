"""Bringing in chunks that are already cut, from the command line."""

import json
from pathlib import Path

from tests.command import Command


def test_a_file_of_chunks_is_imported_once(raglan: Command, dataset: str, tmp_path: Path) -> None:
    raglan("datasets", "create", dataset)
    file = tmp_path / "cut.jsonl"
    file.write_text("".join(json.dumps({"content": f"Buoy {n} floats."}) + "\n" for n in range(3)))
    place = ("--dataset", dataset, "--document", "buoys.txt")

    assert "added 3 chunks to buoys.txt" in raglan("chunks", "import", file, *place).stdout
    assert raglan.json("chunks", "import", file, *place)["added"] == 3

    [document] = raglan.json("documents", "--dataset", dataset)
    assert (document["name"], document["chunk_count"]) == ("buoys.txt", 3)
    file.write_text('{"content": "Buoy."}\n\n{"content": ""}\n')
    assert "Line 3: `content` is required" in raglan.told("chunks", "import", file, *place)
