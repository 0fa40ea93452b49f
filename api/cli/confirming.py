"""Asking before something is lost."""

import click

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


def agree(question: str, *, yes: bool) -> None:
    """Ask, unless `yes`; raises ClickException when the answer is no, or none."""
    try:
        agreed = yes or click.confirm(question, err=True)
    except click.Abort as error:
        click.echo(err=True)
        raise click.ClickException("Nothing was deleted. Give --yes to go ahead.") from error
    if not agreed:
        raise click.ClickException("Nothing was deleted.")
