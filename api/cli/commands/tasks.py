"""`raglan tasks`."""

from collections.abc import Mapping

import click

from api.cli.access import Access
from api.cli.answers import Task
from api.cli.output import counted, moment, print_json, say, shown
from api.cli.program import RemoteGroup
from api.cli.progress import last_line
from api.db.models.states import TaskState

FIELDS = ("document_name", "dataset_name", "state", "progress", "note", "id")
OPEN = (TaskState.PENDING, TaskState.RUNNING)
BAD = (TaskState.FAILED, TaskState.DEAD)
MOST = 100


@click.group(cls=RemoteGroup, invoke_without_command=True)
@click.pass_context
def tasks(context: click.Context) -> None:
    """Show what is parsed, what waits for what, and what failed.

    Without a further word they are listed.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_tasks)


@tasks.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that are done, too.")
@click.option("--failed", is_flag=True, help="Only those that failed.")
@click.option("--dataset", default="", help="Only those of this dataset.")
@click.pass_obj
def list_tasks(
    access: Access, *, everything: bool = False, failed: bool = False, dataset: str = ""
) -> None:
    """List the newest tasks that run, wait or failed."""
    states: tuple[str, ...] = () if everything else (*OPEN, *BAD)
    if failed:
        states = BAD
    query: dict[str, object] = {"page_size": MOST}
    if states:
        query["state"] = ",".join(states)
    if dataset:
        query["dataset_id"] = access.client.dataset(dataset)["id"]
    found = access.client.call("GET", "/tasks", params=query)
    if access.as_json:
        print_json(found)
        return
    rows = [item | {"note": note(item)} for item in found["tasks"]]
    if rows:
        shown(rows, FIELDS, as_json=False)
    told = ", ".join(f"{number} {state}" for state, number in found["counts"].items())
    say(f"{told}; {counted(found['workers'], 'worker')}", err=True)


def note(task: Task) -> str:
    """Return what is to be known of a task: what it waits for, why it failed, what it does."""
    wait = task["wait"]
    if wait is not None:
        return waiting(wait)
    if task["state"] in BAD:
        return task["error"] or last_line(task["progress_msg"])
    return last_line(task["progress_msg"])


def waiting(wait: Mapping[str, object]) -> str:
    """Return what a task waits for."""
    if wait["reason"] == "no_worker":
        return "no worker"
    if wait["reason"] == "later":
        return f"again at {moment(int(str(wait['until'])))}"
    return f"{int(str(wait['ahead'] or 0)) + 1} in the queue"


@tasks.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.pass_obj
def cancel(access: Access, ids: tuple[str, ...]) -> None:
    """Stop the parsing that tasks are of."""
    act(access, "cancel", ids)


@tasks.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.pass_obj
def retry(access: Access, ids: tuple[str, ...]) -> None:
    """Let tasks begin now.

    Of one that failed or was cancelled the document is parsed again.
    """
    act(access, "retry", ids)


def act(access: Access, verb: str, ids: tuple[str, ...]) -> None:
    """Do something with tasks, one after the other."""
    done = [access.client.call("POST", f"/tasks/{identifier}/{verb}") for identifier in ids]
    if access.as_json:
        print_json(done)
    else:
        for item in done:
            say(f"{item['document_name']}: {item['state']}")
