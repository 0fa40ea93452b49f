"""The `raglan` command: documents in, passages and answers out, and the server's administration."""

from api.signals import load_quietly, loaded

if __name__ == "__main__":
    load_quietly()  # before what takes long to load

import click

from api.cli.access import Access
from api.cli.program import Program, Shared

COMMANDS = {
    "ingest": "api.cli.commands.ingest:ingest",
    "sync": "api.cli.commands.sync:sync",
    "import": "api.cli.commands.importing:import_",
    "search": "api.cli.commands.search:search",
    "ask": "api.cli.commands.ask:ask",
    "eval": "api.cli.commands.evaluating:evaluate",
    "evaluations": "api.cli.commands.evaluating:evaluations",
    "chat": "api.cli.commands.chat:chat",
    "datasets": "api.cli.commands.datasets:datasets",
    "documents": "api.cli.commands.documents:documents",
    "chunks": "api.cli.commands.chunks:chunks",
    "tasks": "api.cli.commands.tasks:tasks",
    "models": "api.cli.commands.models:models",
    "config": "api.cli.commands.config:config",
    "keys": "api.cli.commands.accounts:keys",
    "users": "api.cli.commands.accounts:users",
    "members": "api.cli.commands.members:members",
    "groups": "api.cli.commands.groups:groups",
    "mcp": "api.cli.commands.mcp:mcp",
    "open": "api.cli.commands.opening:open_",
    "serve": "api.cli.commands.serve:serve",
    "doctor": "api.cli.commands.doctor:doctor",
    "backup": "api.cli.commands.backup:backup",
    "restore": "api.cli.commands.backup:restore",
    "reindex": "api.cli.commands.admin:reindex",
    "migrate-store": "api.cli.commands.moving:migrate_store",
    "migrate": "api.cli.commands.admin:migrate",
    "prepare": "api.cli.commands.serve:prepare",
    "completion": "api.cli.commands.completion:completion",
}
"""Where the commands are, in the order in which a newcomer needs them."""

CONTEXT = {"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "RAGLAN_CLI"}

EPILOG = """\b
Begin with:
  raglan ingest FOLDER --dataset NAME
  raglan ask "a question"

Every option of a command: raglan COMMAND --help. All commands with examples: docs/cli.md.
"""


def without_color(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    """Omit colours where NO_COLOR is set, whatever its value: https://no-color.org."""
    del parameter
    if value:
        context.color = False


@click.group(cls=Program, table=COMMANDS, context_settings=CONTEXT, epilog=EPILOG)
@click.version_option(package_name="raglan", prog_name="raglan", message="%(prog)s %(version)s")
@click.option("--url", cls=Shared, envvar="RAGLAN_URL", show_envvar=True, help="The server.")
@click.option("--key", cls=Shared, envvar="RAGLAN_API_KEY", show_envvar=True, help="Its API key.")
@click.option(
    "--no-color",
    envvar="NO_COLOR",
    type=str,
    hidden=True,
    expose_value=False,
    callback=without_color,
)
@click.pass_context
def main(context: click.Context) -> None:
    """Upload documents to a Raglan server, search them, ask about them, and administer the server.

    Without --url the server on this machine is meant; without --key a key for it is made at the
    first call and kept in its data folder.
    """
    context.ensure_object(Access)


if __name__ == "__main__":
    loaded()
    main()
