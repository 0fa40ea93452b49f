"""`raglan models`."""

import sys

import click

from api.cli.access import Access
from api.cli.confirming import agree, yes_option
from api.cli.output import print_json, say, shown
from api.cli.program import RemoteGroup

FIELDS = ("model", "type", "context", "is_on", "base_url", "lacking")
TYPES = ("chat", "embedding", "rerank")
PROVIDER = "OpenAI-API-Compatible"

provider_option = click.option(
    "--provider", default=PROVIDER, show_default=True, help="Who has the model."
)


@click.group(cls=RemoteGroup, invoke_without_command=True)
@click.pass_context
def models(context: click.Context) -> None:
    """List, add, test and remove models.

    Without a further word they are listed.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_models)


@models.command("list")
@click.option("--type", "kind", type=click.Choice(TYPES), help="Only those of this type.")
@click.pass_obj
def list_models(access: Access, kind: str | None = None) -> None:
    """List the models that can be used."""
    found = access.client.call("GET", "/models", params={"type": kind} if kind else {})
    shown(found, FIELDS, as_json=access.as_json)


@models.command()
@click.argument("name")
@click.option("--type", "kind", type=click.Choice(TYPES), default="chat", show_default=True)
@click.option("--base-url", default="", help="The endpoint, as http://127.0.0.1:11434/v1.")
@click.option("--api-key", default="", help="Its key, if any; - reads it from standard input.")
@click.option("--context", default=8192, show_default=True, help="Tokens that it takes at once.")
@click.option("--default", "is_default", is_flag=True, help="Use it where no model is named.")
@click.option("--no-test", is_flag=True, help="Add it though it may not answer.")
@provider_option
@click.pass_obj
def add(access: Access, /, name: str, *, is_default: bool, no_test: bool, **fields: object) -> None:
    """Add a model behind an endpoint, which is tried first."""
    values = {("type" if key == "kind" else key): value for key, value in fields.items()}
    if values["api_key"] == "-":
        values["api_key"] = sys.stdin.readline().strip()
    body = {"name": name, **{key: value for key, value in values.items() if value != ""}}
    if not no_test:
        tried = {key: value for key, value in body.items() if key != "context"}
        refuse_unless_it_works(access, name, tried)
    access.client.call("POST", "/models", json=body)
    made = find(access, f"{name}@{body['provider']}")
    if is_default:
        access.client.call("PUT", "/models/defaults", json={str(made["type"]): made["model"]})
    shown([made], FIELDS, as_json=access.as_json)


def refuse_unless_it_works(access: Access, name: str, body: dict[str, object]) -> None:
    """Raise ClickException with the reason if a model does not answer."""
    trial = access.client.call("POST", "/models/test", json=body)
    if not trial["ok"]:
        raise click.ClickException(f"{name} was not added. {trial['error']} --no-test adds it.")


@models.command()
@click.argument("model")
@click.option("--type", "kind", type=click.Choice(TYPES), help="Where it has several.")
@click.pass_obj
def test(access: Access, model: str, kind: str | None) -> None:
    """Ask a model something short.

    MODEL is its name, or name@provider. Prints how long it took.
    """
    if kind is None:
        kind = str(find(access, model)["type"])
    trial = access.client.call("POST", "/models/test", json={"model": model, "type": kind})
    if access.as_json:
        print_json(trial)
    elif trial["ok"]:
        size = f", {trial['dimensions']} dimensions" if trial["dimensions"] else ""
        say(f"{model} answers in {trial['milliseconds']:.0f} ms{size}.")
    if not trial["ok"]:
        raise click.ClickException(f"{model} does not work. {trial['error']}")


@models.command()
@click.argument("model")
@yes_option
@click.pass_obj
def delete(access: Access, model: str, *, yes: bool) -> None:
    """Remove a model that was added."""
    found = find(access, model)
    agree(f"Delete the model {model}?", yes=yes)
    body = {"provider": found["provider"], "name": found["name"]}
    access.client.call("DELETE", "/models", json=body)
    if access.as_json:
        print_json({"deleted": model})
    else:
        say(f"Deleted {model}.")


def find(access: Access, model: str) -> dict[str, object]:
    """Return a model by its full name, or by its name alone; raises ClickException for none."""
    for item in access.client.call("GET", "/models"):
        if model in {item["model"], item["name"]}:
            found: dict[str, object] = item
            return found
    raise click.ClickException(f"There is no model {model}; `raglan models` lists them.")
