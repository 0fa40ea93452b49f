"""Asking before something is lost."""

import click

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


def agree(question: str, *, yes: bool, done: str = "deleted") -> None:
    """Ask for confirmation, unless `yes`; raises ClickException when the answer is no, or none.

    `done` is what was then done to nothing.
    """
    try:
        agreed = yes or click.confirm(question, err=True)
    except click.Abort as error:
        click.echo(err=True)
        raise click.ClickException(f"Nothing was {done}. Give --yes to go ahead.") from error
    if not agreed:
        raise click.ClickException(f"Nothing was {done}.")
