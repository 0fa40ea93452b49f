"""`raglan members`, in the server's own database."""

import click

from api.cli.access import Access
from api.cli.auditing import audited
from api.cli.commands.accounts import for_account
from api.cli.output import shown
from api.cli.program import Group
from api.services.accounts.records import Principal
from api.services.auditing.records import Kind

FIELDS = ("email", "nickname", "role", "create_time", "user_id")


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def members(context: click.Context) -> None:
    """List, add and remove members of an account's tenant.

    Members use its datasets whose permission is "team". Without a further word the members are
    listed. Works on the server's own database.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_members)


@members.command("list")
@for_account
@click.pass_obj
def list_members(access: Access, email: str = "") -> None:
    """List the members, those of longest standing first."""
    show_members(access, access.account(email).principal)


@members.command("add")
@click.argument("address")
@for_account
@click.pass_obj
@audited(Kind.PERMISSIONS)
def add_member(access: Access, address: str, email: str) -> None:
    """Make the account with an address a member."""
    owner = access.account(email).principal
    access.services.accounts.members.add(owner, address)
    show_members(access, owner)


@members.command("remove")
@click.argument("address")
@for_account
@click.pass_obj
@audited(Kind.PERMISSIONS)
def remove_member(access: Access, address: str, email: str) -> None:
    """End the membership of the account with an address."""
    owner = access.account(email).principal
    access.services.accounts.members.remove(owner, address)
    show_members(access, owner)


def show_members(access: Access, owner: Principal) -> None:
    """Print the members of an owner's tenant."""
    found = access.services.accounts.members.list_members(owner, owner.tenant_id)
    told = [{name: getattr(member, name) for name in FIELDS} for member in found]
    shown(told, FIELDS, as_json=access.as_json)
