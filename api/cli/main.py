"""The `raglan` command: documents in, passages and answers out, and the server's administration."""

from typing import Any

import click

from api.cli.access import Access
from api.cli.commands import admin, ask, datasets, doctor, documents, ingest, search
from api.errors import RaglanError

CONTEXT = {"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "RAGLAN_CLI"}


class PlainErrors(click.Group):
    """A group of commands in which the server's errors end the program with one line."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except RaglanError as error:
            raise click.ClickException(error.message) from error


@click.group(cls=PlainErrors, context_settings=CONTEXT)
@click.version_option(package_name="raglan", prog_name="raglan")
@click.option("--url", envvar="RAGLAN_URL", default="", help="Address of the server.")
@click.option("--key", envvar="RAGLAN_API_KEY", default="", help="API key of the server.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@click.pass_context
def main(context: click.Context, url: str, key: str, *, as_json: bool) -> None:
    """Feed documents to a Raglan server, search them, ask about them, and look after the server.

    Without --url and --key the server on this machine is meant, and a key is made for it at
    the first call.
    """
    context.obj = Access(url, key, as_json)


for command in (
    ingest.ingest,
    search.search,
    ask.ask,
    datasets.datasets,
    documents.documents,
    admin.keys,
    admin.users,
    admin.migrate,
    admin.prepare,
    admin.reindex,
    doctor.doctor,
):
    main.add_command(command)


if __name__ == "__main__":
    main()
