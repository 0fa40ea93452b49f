"""`raglan open`."""

import webbrowser

import click

from api.cli.access import Access
from api.cli.client import Client
from api.cli.output import print_json, say
from api.cli.program import RemoteCommand


@click.command("open", cls=RemoteCommand)
@click.pass_obj
def open_(access: Access) -> None:
    """Open the server's console in a browser.

    The address is printed, for machines without one.
    """
    url = access.server_url
    Client(url, access.key, "").ping()
    if access.as_json:
        print_json({"url": url})
    else:
        say(url)
    webbrowser.open(url)
