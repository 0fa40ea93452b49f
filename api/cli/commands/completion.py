"""`raglan completion`."""

import click
from click.shell_completion import get_completion_class

from api.cli.output import print_json
from api.cli.program import Command

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_RAGLAN_COMPLETE"


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    r"""Print what makes a shell complete commands and options.

    \b
    For bash:  raglan completion bash >> ~/.bashrc
    For zsh:   raglan completion zsh >> ~/.zshrc
    For fish:  raglan completion fish > ~/.config/fish/completions/raglan.fish
    """
    made = get_completion_class(shell)
    if made is None:
        raise click.ClickException(f"Nothing is known of the shell {shell}.")
    script = made(context.find_root().command, {}, "raglan", VARIABLE).source()
    if context.obj.as_json:
        print_json({"shell": shell, "script": script})
    else:
        click.echo(script)
