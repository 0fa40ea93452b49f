"""`raglan keys` and `raglan users`, in the server's own database."""

import re
import sys
import time
from datetime import datetime
from typing import Any, get_args

import click

from api.cli.access import Access
from api.cli.auditing import audited
from api.cli.confirming import agree, yes_option
from api.cli.output import print_json, say, shown
from api.cli.program import Group
from api.config.kinds import Contract
from api.permissions import DOORS
from api.services.accounts.records import AccountRecord, AccountRole
from api.services.accounts.scopes import MOST_DATASETS, Noun, Reach, Scope
from api.services.accounts.values import NewAccount, WantedKey
from api.services.auditing.records import Kind

KEY_FIELDS = ("name", "hint", "contract", "create_time", "last_used_time", "id")
DAY_MS = 86_400_000
MOST_DAYS = 36_500
MOST_NOTE = 500
USER_FIELDS = (
    "email",
    "nickname",
    "is_active",
    "is_superuser",
    "role",
    "create_time",
    "last_login_time",
    "id",
)

ROLES = [role.value for role in AccountRole]

SESSION_FIELDS = ("agent", "address", "create_time", "last_used_time", "id")

for_account = click.option(
    "--email", default="", help="The account that is meant (default: the first)."
)


def wanted_password(context: click.Context, parameter: click.Parameter, value: str | None) -> str:
    """Return the password, asked for if it was not given; refuse one that lets nobody in."""
    found = asked_password(context) if value is None else value
    if not found:
        raise click.BadParameter("it is empty.", context, parameter)
    return found


def asked_password(context: click.Context) -> str:
    """Return a password that is typed twice or, where there is no terminal, piped in."""
    if sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return typed
    line = sys.stdin.readline()
    if not line:
        raise click.UsageError(
            "There is no terminal to ask for the password: pipe it in, or give --password.", context
        )
    return line.rstrip("\r\n")


def end_of_key(context: click.Context, parameter: click.Parameter, value: str) -> int:
    """Return when a key ends, in ms since 1970: after some days, or as a day begins; 0 for never.

    The day begins where the command runs.
    """
    if not value:
        return 0
    if re.fullmatch(r"[1-9]\d{0,4}d", value) and int(value[:-1]) <= MOST_DAYS:
        return int(time.time() * 1000) + int(value[:-1]) * DAY_MS
    try:
        return int(datetime.strptime(value, "%Y-%m-%d").astimezone().timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        wanted = "give days such as 90d, or a day such as 2027-01-31."
        raise click.BadParameter(wanted, context, parameter) from error


password = click.option(
    "--password",
    callback=wanted_password,
    help="Asked for when it is not given, or read from a pipe, which keeps it out of lists.",
)


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def keys(context: click.Context) -> None:
    """List, make and revoke API keys.

    Without a further word they are listed. Works on the server's own database.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_keys)


@keys.command("create")
@click.argument("name", default="")
@click.option(
    "--contract",
    type=click.Choice(get_args(Contract)),
    help="In which of RAGFlow's contracts it is answered (default: the setting api.contract).",
)
@click.option(
    "--scope",
    type=click.Choice([reach.value for reach in Reach]),
    default=Reach.WRITE.value,
    help="What it may do: read and ask, or change things, too (default: write).",
)
@click.option(
    "--dataset",
    "datasets",
    multiple=True,
    help=f"The id of a dataset that it is for, up to {MOST_DATASETS} times (default: everything).",
)
@click.option(
    "--door",
    "doors",
    multiple=True,
    type=click.Choice(DOORS),
    help="A door that it opens, as mcp; may be repeated (default: all).",
)
@click.option(
    "--noun",
    "nouns",
    multiple=True,
    type=click.Choice([noun.value for noun in Noun]),
    help="What it is for, as documents; may be repeated (default: everything).",
)
@click.option("--note", default="", help="What you want to remember of it, up to 500 characters.")
@click.option(
    "--expires",
    callback=end_of_key,
    default="",
    help="When it ends: after some days, as 90d, or on a day, as 2027-01-31 (default: never).",
)
@for_account
@click.pass_obj
@audited(Kind.KEYS)
def create_key(
    access: Access, /, name: str, contract: str | None, expires: int, email: str, **chosen: Any
) -> None:
    """Make an API key and print it.

    It cannot be shown again.
    """
    owner = access.account(email)
    if len(chosen["datasets"]) > MOST_DATASETS:
        raise click.UsageError(f"A key is for {MOST_DATASETS} datasets at most, or for everything.")
    if len(chosen["note"]) > MOST_NOTE:
        raise click.UsageError(f"A note has {MOST_NOTE} characters at most.")
    parts = (frozenset(chosen[part]) for part in ("datasets", "doors", "nouns"))
    scope = Scope(Reach(chosen["scope"]), *parts)
    wanted = WantedKey(name, contract or "", scope, expires, chosen["note"])
    made = access.services.accounts.keys.make(owner.principal, wanted)
    if access.as_json:
        print_json({**made.record._asdict(), "key": made.key})
    else:
        say(made.key)


@keys.command("list")
@for_account
@click.pass_obj
def list_keys(access: Access, email: str = "") -> None:
    """List the API keys.

    Of each only how it begins and ends is known.
    """
    found = access.services.accounts.keys.list_keys(access.account(email).principal)
    shown([key._asdict() for key in found], KEY_FIELDS, as_json=access.as_json)


@keys.command("revoke")
@click.argument("key")
@for_account
@click.pass_obj
@audited(Kind.KEYS)
def revoke_key(access: Access, key: str, email: str) -> None:
    """Revoke an API key, named by its id, its hint or itself."""
    if not access.services.accounts.keys.revoke(access.account(email).principal, key):
        raise click.ClickException(f"There is no key {key}; `raglan keys` shows them.")
    if access.as_json:
        print_json({"revoked": key})
    else:
        say("Revoked.")


@keys.command("rotate-signing")
@click.option(
    "--at-once", is_flag=True, help="Refuse all access tokens that there are: a key is known."
)
@click.pass_obj
@audited(Kind.KEYS)
def rotate_signing(access: Access, *, at_once: bool) -> None:
    """Make another key to sign access tokens by.

    Tokens of the one before it are good until they are over; with --at-once they are refused
    within seconds, and refresh tokens make new ones.
    """
    access.services.sign_in.signing.rotate(at_once=at_once)
    if access.as_json:
        print_json({"rotated": True})
    else:
        say("Rotated.")


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def users(context: click.Context) -> None:
    """List, make and change accounts.

    Without a further word they are listed. Works on the server's own database.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_users)


@users.command("list")
@click.pass_obj
def list_users(access: Access) -> None:
    """List all accounts, the oldest first."""
    show_users(access, access.services.accounts.accounts.list_users())


@users.command("create")
@click.argument("email")
@click.option("--nickname", default="", help="What it is called (default: by its address).")
@click.option(
    "--role",
    type=click.Choice(ROLES),
    default=AccountRole.USER.value,
    help="What it is (default: user).",
)
@password
@click.pass_obj
@audited(Kind.PEOPLE)
def create_user(access: Access, email: str, nickname: str, role: str, password: str) -> None:
    """Make an account with a tenant of its own."""
    new = NewAccount(email, password, nickname)
    made = access.services.accounts.accounts.create_user(new, AccountRole(role))
    show_users(access, [made])


@users.command("set-password")
@click.argument("email")
@password
@click.pass_obj
@audited(Kind.PEOPLE)
def set_password(access: Access, email: str, password: str) -> None:
    """Set the password of an account and end its sessions."""
    access.services.accounts.accounts.set_password(email, password)
    show_users(access, [access.account(email)])


@users.command("deactivate")
@click.argument("email")
@click.pass_obj
@audited(Kind.PEOPLE)
def deactivate(access: Access, email: str) -> None:
    """Deactivate an account and its keys."""
    access.services.people.people.set_active(access.account(email).id, active=False)
    show_users(access, [access.account(email)])


@users.command("activate")
@click.argument("email")
@click.pass_obj
@audited(Kind.PEOPLE)
def activate(access: Access, email: str) -> None:
    """Activate an account, or approve a pending one."""
    access.services.people.people.set_active(access.account(email).id, active=True)
    show_users(access, [access.account(email)])


@users.command("set-role")
@click.argument("email")
@click.argument("role", type=click.Choice(ROLES))
@click.pass_obj
@audited(Kind.PEOPLE)
def set_role(access: Access, email: str, role: str) -> None:
    """Make an account an administrator, a user, or pending.

    A lesser role ends its sessions. The last administrator stays one.
    """
    access.services.people.people.set_role(access.account(email).id, AccountRole(role))
    show_users(access, [access.account(email)])


@users.command("delete")
@click.argument("email")
@click.option("--give-to", default="", help="The address of the account that gets its things.")
@yes_option
@click.pass_obj
@audited(Kind.PEOPLE)
def delete_user(access: Access, email: str, give_to: str, *, yes: bool) -> None:
    """Delete an account.

    Its datasets, assistants, search apps and files go to another account, or have to go first.
    """
    account = access.account(email)
    agree(f"Delete the account {account.email} with its keys?", yes=yes)
    access.services.groups.handover.erase(account.id, give_to)
    if access.as_json:
        print_json({"deleted": account.email})
    else:
        say("Deleted.")


@users.command("end-sessions")
@click.argument("email")
@click.pass_obj
@audited(Kind.PEOPLE)
def end_sessions(access: Access, email: str) -> None:
    """End all sessions of an account."""
    account = access.account(email)
    access.services.people.people.end_sessions(account.principal, account.id)
    if access.as_json:
        print_json({"ended": account.email})
    else:
        say("Ended.")


@users.command("reset-second-factor")
@click.argument("email")
@click.pass_obj
@audited(Kind.PEOPLE)
def reset_second_factor(access: Access, email: str) -> None:
    """Remove the second factor of somebody who has lost it."""
    account = access.account(email)
    access.services.sign_in.factors.reset(account.id)
    if access.as_json:
        print_json({"reset": account.email})
    else:
        say("Reset.")


@users.command("sessions")
@click.argument("email")
@click.pass_obj
def list_sessions(access: Access, email: str) -> None:
    """List where an account is signed in, the newest first.

    A session ends when its user signs out, and all of them with a new password.
    """
    found = access.services.accounts.sessions.list_sessions(access.account(email).id)
    records = [session._asdict() for session in found]
    shown(records, SESSION_FIELDS, as_json=access.as_json)


def show_users(access: Access, accounts: list[AccountRecord]) -> None:
    """Print accounts."""
    records = [{name: getattr(account, name) for name in USER_FIELDS} for account in accounts]
    shown(records, USER_FIELDS, as_json=access.as_json)
