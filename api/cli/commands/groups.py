"""`raglan groups`, in the server's own database."""

from collections.abc import Sequence

import click

from api.cli.access import Access
from api.cli.auditing import audited
from api.cli.confirming import agree, yes_option
from api.cli.output import print_json, say, shown
from api.cli.program import Group
from api.permissions import PERMISSIONS
from api.services.accounts.records import Principal
from api.services.auditing.records import Kind
from api.services.groups.groups import MOST_LISTED
from api.services.groups.records import GroupChange, GroupFilter, GroupRecord, NewGroup
from api.services.unset import UNSET

FIELDS = ("name", "description", "member_count", "create_time", "id")
MEMBER_FIELDS = ("email", "nickname", "create_time", "user_id")


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def groups(context: click.Context) -> None:
    """List, make and change groups of people.

    Without a further word they are listed. Works on the server's own database.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_groups)


def operator(access: Access) -> Principal:
    """Return who asks: the command line is the oldest administrator."""
    return access.services.accounts.accounts.administrator().principal


@groups.command("list")
@click.option("--member", default="", help="The address of somebody: the groups they are in.")
@click.pass_obj
def list_groups(access: Access, member: str = "") -> None:
    """List all groups by name, or those that somebody is in."""
    wanted = GroupFilter(user_id=access.account(member).id if member else "")
    service = access.services.groups.groups
    show_groups(access, service.list_groups(operator(access), wanted, MOST_LISTED, 0)[1])


@groups.command("create")
@click.argument("name")
@click.option("--description", default="", help="What it is for.")
@click.argument("addresses", nargs=-1)
@click.pass_obj
@audited(Kind.PERMISSIONS)
def create_group(access: Access, name: str, description: str, addresses: tuple[str, ...]) -> None:
    """Make a group, with the accounts of some addresses in it."""
    ids = [access.account(address).id for address in addresses]
    new = NewGroup(name, description)
    show_groups(access, [access.services.groups.groups.create(operator(access), new, ids)])


@groups.command("change")
@click.argument("group")
@click.option("--name", help="What it is called from now on.")
@click.option("--description", help="What it is for.")
@click.pass_obj
@audited(Kind.PERMISSIONS)
def change_group(access: Access, group: str, name: str | None, description: str | None) -> None:
    """Change the name or the description of a group."""
    change = GroupChange(
        name=UNSET if name is None else name,
        description=UNSET if description is None else description,
    )
    service, asker = access.services.groups.groups, operator(access)
    show_groups(access, [service.change(asker, service.named(asker, group).id, change)])


@groups.command("delete")
@click.argument("group")
@yes_option
@click.pass_obj
@audited(Kind.PERMISSIONS)
def delete_group(access: Access, group: str, *, yes: bool) -> None:
    """Delete a group.

    Its members stay, without what it gave them.
    """
    service, asker = access.services.groups.groups, operator(access)
    found = service.named(asker, group)
    agree(f"Delete the group {found.name} of {found.member_count}?", yes=yes)
    service.delete(asker, found.id)
    if access.as_json:
        print_json({"deleted": found.name})
    else:
        say("Deleted.")


@groups.command("members")
@click.argument("group")
@click.pass_obj
def list_members(access: Access, group: str) -> None:
    """List the members of a group, those of longest standing first."""
    service, asker = access.services.groups.groups, operator(access)
    _, found = service.list_members(asker, service.named(asker, group).id)
    shown([member._asdict() for member in found], MEMBER_FIELDS, as_json=access.as_json)


@groups.command("add")
@click.argument("group")
@click.argument("addresses", nargs=-1, required=True)
@click.pass_obj
@audited(Kind.PERMISSIONS)
def add_members(access: Access, group: str, addresses: tuple[str, ...]) -> None:
    """Make the accounts of some addresses members of a group."""
    service, asker = access.services.groups.groups, operator(access)
    ids = [access.account(address).id for address in addresses]
    show_groups(access, [service.add_members(asker, service.named(asker, group).id, ids)])


@groups.command("remove")
@click.argument("group")
@click.argument("addresses", nargs=-1, required=True)
@click.pass_obj
@audited(Kind.PERMISSIONS)
def remove_members(access: Access, group: str, addresses: tuple[str, ...]) -> None:
    """End the membership of the accounts of some addresses."""
    service, asker = access.services.groups.groups, operator(access)
    ids = [access.account(address).id for address in addresses]
    show_groups(access, [service.remove_members(asker, service.named(asker, group).id, ids)])


@groups.command("permissions")
@click.argument("group")
@click.argument("names", nargs=-1, type=click.Choice(PERMISSIONS), metavar="[PERMISSION]...")
@click.option("--none", "is_none", is_flag=True, help="Let it give none.")
@click.pass_obj
@audited(Kind.PERMISSIONS)
def set_permissions(access: Access, group: str, names: tuple[str, ...], *, is_none: bool) -> None:
    """Let a group give permissions to those in it, and no others.

    Without any, those that it gives are shown. A wrong one is answered with the list of all.
    """
    service, asker = access.services.groups, operator(access)
    group_id = service.groups.named(asker, group).id
    if names or is_none:
        found = service.permissions.set_of_group(asker, group_id, names)
    else:
        found = service.permissions.of_group(asker, group_id)
    shown([{"permission": name} for name in found], ("permission",), as_json=access.as_json)


def show_groups(access: Access, found: Sequence[GroupRecord]) -> None:
    """Print groups."""
    shown([group._asdict() for group in found], FIELDS, as_json=access.as_json)
