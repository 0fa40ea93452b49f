"""Bringing in chunks that are already cut, and measuring retrieval, from the command line."""

import json
from pathlib import Path

from tests.command import Command, table


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


def test_questions_are_measured_and_runs_are_kept(
    raglan: Command, dataset: str, tmp_path: Path
) -> None:
    raglan("datasets", "create", dataset)
    cut = tmp_path / "cut.jsonl"
    cut.write_text('{"content": "The lamp burns oil."}\n{"content": "The keeper rows home."}\n')
    place = ("--dataset", dataset)
    raglan("chunks", "import", cut, *place, "--document", "log.txt")
    questions = tmp_path / "questions.csv"
    questions.write_text("question,file,text\nlamp oil?,log.txt,\nWho rows?,,KEEPER rows\n")

    run = raglan.json("eval", questions, *place, "--with", "weight=0.3", "--against", "top_k=1")

    assert (run["name"], run["count"]) == ("questions.csv", 2)
    assert [side["recall"] for side in run["settings"]] == [1, 1]
    heads, first, second = table(raglan("evaluations", "list", *place).stdout)
    assert heads == ["name", "questions", "settings", "recall@k", "nDCG@k", "k", "id"]
    assert (first[2], second[2], first[-1]) == ("weight=0.3", "top_k=1", run["id"])
    assert "Who rows?" in raglan("evaluations", "show", run["id"], *place).stdout
    assert "deleted" in raglan("evaluations", "delete", run["id"], *place, "--yes").stdout
    assert raglan.json("evaluations", "list", *place) == []
