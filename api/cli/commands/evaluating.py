"""`raglan eval` and `raglan evaluations`."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from api.cli.access import Access
from api.cli.confirming import agree, yes_option
from api.cli.output import counted, is_terminal, print_json, print_table, say
from api.cli.program import RemoteCommand, RemoteGroup
from api.cli.progress import bar

COLUMNS = ("question", "chunk_id", "file", "page", "text")
ASKED_AT_ONCE = 20

SETTINGS = {
    "threshold": ("similarity_threshold", float),
    "weight": ("vector_similarity_weight", float),
    "top_k": ("top_k", int),
    "rerank": ("rerank_id", str),
}
"""What settings are called on the command line, and at the server."""

dataset_option = click.option("--dataset", required=True, help="The dataset's name.")


class Settings(click.ParamType[dict[str, object]]):
    """Settings of retrieval, as `weight=0.7,threshold=0.1`."""

    name = "settings"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, object]:
        """Return them by the server's names."""
        found = {}
        for part in filter(None, map(str.strip, str(value).split(","))):
            name, _, text = part.partition("=")
            if name not in SETTINGS:
                self.fail(f"{name} is none of {', '.join(SETTINGS)}.", param, ctx)
            key, kind = SETTINGS[name]
            try:
                found[key] = kind(text)
            except ValueError:
                self.fail(f"{text} is no value for {name}.", param, ctx)
        return found


@click.command("eval", cls=RemoteCommand)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@dataset_option
@click.option("--with", "first", type=Settings(), default="", help="Settings, as weight=0.7.")
@click.option("--against", type=Settings(), help="Other settings, side by side.")
@click.option("--k", default=10, show_default=True, type=click.IntRange(1, 100))
@click.option("--name", default="", help="What the run is kept as (default: the file's name).")
@click.pass_obj
def evaluate(
    access: Access,
    file: Path,
    dataset: str,
    first: dict[str, object],
    against: dict[str, object] | None,
    k: int,
    name: str,
) -> None:
    """Measure what the questions of a CSV file find.

    Its first row names the columns: question, and file (with page), text or chunk_id of the passage
    that it should find. Rows with the same question are several passages. Settings are threshold,
    weight, top_k and rerank. The run is kept: `raglan evaluations` lists them.
    """
    asked = read_questions(file)
    path = f"/datasets/{access.client.dataset(dataset)['id']}/evaluations"
    sides = [first] if against is None else [first, against]
    body = {"name": name or file.name, "k": k, "settings": sides}
    run = access.client.call("POST", path, json=body)
    drawn = bar("asking", len(asked), 0, disable=not is_terminal(), unit="question")
    with drawn:
        for start in range(0, len(asked), ASKED_AT_ONCE):
            some = asked[start : start + ASKED_AT_ONCE]
            place = f"{path}/{run['id']}/questions"
            run = access.client.call("POST", place, json={"questions": some})
            drawn.update(len(some))
    show_run(access, run)


@click.group(cls=RemoteGroup, invoke_without_command=True)
@click.pass_context
def evaluations(context: click.Context) -> None:
    """List, show and delete runs of `raglan eval`."""
    if context.invoked_subcommand is None:
        raise click.UsageError("Say what: list, show or delete, with --dataset NAME.", context)


@evaluations.command("list")
@dataset_option
@click.pass_obj
def list_runs(access: Access, dataset: str) -> None:
    """List the runs over a dataset, newest first."""
    runs = access.client.call("GET", path_of(access, dataset))
    if access.as_json:
        print_json(runs)
        return
    rows = [row for run in runs for row in rows_of(run)]
    print_table([(one["name"], *row, one["id"]) for one, row in rows], (*HEADS_OF_RUN, "id"))


@evaluations.command()
@click.argument("run_id")
@dataset_option
@click.pass_obj
def show(access: Access, run_id: str, dataset: str) -> None:
    """Show a run with each question: its recall and nDCG, side by side."""
    run = access.client.call("GET", f"{path_of(access, dataset)}/{run_id}")
    if not access.as_json:
        sides = range(len(run["settings"]))
        heads = ("question", *(f"{what} {side + 1}" for side in sides for what in MEASURES))
        print_table(
            [(one["question"], *figures(one["figures"])) for one in run["questions"]], heads
        )
    show_run(access, run)


@evaluations.command()
@click.argument("run_id")
@yes_option
@dataset_option
@click.pass_obj
def delete(access: Access, run_id: str, dataset: str, *, yes: bool) -> None:
    """Delete a run."""
    agree(f"Delete the run {run_id}?", yes=yes)
    access.client.call("DELETE", f"{path_of(access, dataset)}/{run_id}")
    if access.as_json:
        print_json({"deleted": [run_id]})
    else:
        say(f"deleted: {run_id}")


MEASURES = ("recall", "nDCG")
HEADS_OF_RUN = ("name", "questions", "settings", "recall@k", "nDCG@k", "k")


def path_of(access: Access, dataset: str) -> str:
    """Return the address of the runs over a dataset."""
    return f"/datasets/{access.client.dataset(dataset)['id']}/evaluations"


def show_run(access: Access, run: Mapping[str, Any]) -> None:
    """Print the means of a run."""
    if access.as_json:
        print_json(run)
        return
    print_table([row for _, row in rows_of(run)], HEADS_OF_RUN[1:])
    say(f"kept as {run['name']} ({counted(run['count'], 'question')}), id {run['id']}")


def rows_of(run: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], tuple[object, ...]]]:
    """Yield a run with what a table says of each of its sides."""
    names = {key: name for name, (key, _) in SETTINGS.items()}
    for side in run["settings"]:
        said = ", ".join(f"{name}={side[key]}" for key, name in names.items() if side[key])
        means = (f"{side['recall']:.3f}", f"{side['ndcg']:.3f}")
        yield run, (run["count"], said or "the server's", *means, run["k"])


def figures(found: Sequence[Mapping[str, float]]) -> list[str]:
    """Return recall and nDCG of each side."""
    return [f"{one[what]:.2f}" for one in found for what in ("recall", "ndcg")]


def read_questions(path: Path) -> list[dict[str, object]]:
    """Return the questions of a CSV file with what each should find; raises ClickException."""
    found: dict[str, list[dict[str, object]]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = csv.DictReader(file)
        heads = {name.strip().casefold(): name for name in table.fieldnames or () if name}
        if "question" not in heads or not heads.keys() & {"chunk_id", "file", "text"}:
            raise click.ClickException(
                f"{path.name}: the first row has to name the columns: question, and file, text or"
                " chunk_id; page if you like."
            )
        for row in table:
            cells = {
                key: (row[name] or "").strip() for key, name in heads.items() if key in COLUMNS
            }
            if question := cells.pop("question"):
                wanted = {key: value for key, value in cells.items() if value}
                found.setdefault(question, []).append(with_page(wanted, path, table.line_num))
    if not found:
        raise click.ClickException(f"{path.name} has no questions.")
    return [{"question": question, "expected": wanted} for question, wanted in found.items()]


def with_page(wanted: dict[str, str], path: Path, line: int) -> dict[str, object]:
    """Return what a row says should be found, its page as a number; raises ClickException."""
    place = f"{path.name}, line {line}"
    if not wanted.keys() & {"chunk_id", "file", "text"}:
        raise click.ClickException(f"{place}: say a file, a text or a chunk_id.")
    page = wanted.get("page", "0")
    if not page.isdecimal():
        raise click.ClickException(f"{place}: {page} is no page.")
    return {**wanted, "page": int(page)}
