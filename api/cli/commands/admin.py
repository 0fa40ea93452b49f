"""What looks after the server's own database: keys, users, migrations and the index."""

import click
from tqdm import tqdm

from api.cli.access import Access
from api.cli.output import is_terminal, print_json, shown
from api.db.migrate import migrate as apply_migrations
from api.schemas.account import Account

KEY_FIELDS = ("id", "name", "hint", "create_time", "last_used_time")
USER_FIELDS = ("id", "email", "nickname", "is_active", "is_superuser")

for_account = click.option(
    "--email", default="", help="The account that is meant (default: the first)."
)


@click.group()
def keys() -> None:
    """Make, list and revoke API keys, in the server's own database."""


@keys.command("create")
@click.argument("name", default="")
@for_account
@click.pass_obj
def create_key(access: Access, name: str, email: str) -> None:
    """Make an API key and print it; it cannot be shown again."""
    owner = access.account(email)
    made = access.services.keys.create(owner.id, owner.id, name)
    if access.as_json:
        print_json(made)
    else:
        click.echo(made["key"])


@keys.command("list")
@for_account
@click.pass_obj
def list_keys(access: Access, email: str) -> None:
    """List the API keys; of each only how it begins and ends is known."""
    found = access.services.keys.list_keys(access.account(email).id)
    shown(found, KEY_FIELDS, as_json=access.as_json)


@keys.command("revoke")
@click.argument("key")
@for_account
@click.pass_obj
def revoke_key(access: Access, key: str, email: str) -> None:
    """Revoke an API key, named by its id, its hint or itself."""
    if not access.services.keys.revoke(access.account(email).id, key):
        raise click.ClickException(f"There is no key {key}; `raglan keys list` shows them.")
    if access.as_json:
        print_json({"revoked": key})
    else:
        click.echo("Revoked.")


@click.group()
def users() -> None:
    """List and make accounts, change passwords, and shut accounts out."""


@users.command("list")
@click.pass_obj
def list_users(access: Access) -> None:
    """List all accounts, the oldest first."""
    show_users(access, access.services.accounts.list_users())


@users.command("create")
@click.argument("email")
@click.option(
    "--nickname", default="", help="What the account is called (default: by the address)."
)
@click.password_option(help="Asked for when not given.")
@click.pass_obj
def create_user(access: Access, email: str, nickname: str, password: str) -> None:
    """Make an account with a tenant of its own."""
    show_users(access, [access.services.accounts.create_user(email, password, nickname)])


@users.command("set-password")
@click.argument("email")
@click.password_option(help="Asked for when not given.")
@click.pass_obj
def set_password(access: Access, email: str, password: str) -> None:
    """Give an account another password and end its session."""
    access.services.accounts.set_password(email, password)
    show_users(access, [access.account(email)])


@users.command("deactivate")
@click.argument("email")
@click.pass_obj
def deactivate(access: Access, email: str) -> None:
    """Keep an account out: it cannot sign in, and its keys are refused."""
    access.services.accounts.set_active(email, active=False)
    show_users(access, [access.account(email)])


@users.command("activate")
@click.argument("email")
@click.pass_obj
def activate(access: Access, email: str) -> None:
    """Let an account in again."""
    access.services.accounts.set_active(email, active=True)
    show_users(access, [access.account(email)])


def show_users(access: Access, accounts: list[Account]) -> None:
    """Print accounts."""
    records = [{name: getattr(account, name) for name in USER_FIELDS} for account in accounts]
    shown(records, USER_FIELDS, as_json=access.as_json)


@click.command()
@click.pass_obj
def migrate(access: Access) -> None:
    """Bring the database to this version; what is applied already is left alone."""
    access.prepare_folder()
    applied = apply_migrations(access.services.database)
    if access.as_json:
        print_json({"applied": applied})
    else:
        click.echo("\n".join(f"applied {name}" for name in applied) or "Nothing to apply.")


@click.command(hidden=True)
@click.pass_obj
def prepare(access: Access) -> None:
    """Do what comes before the server's start, and print what its supervisor must know.

    Standard output gets one line: host, port, number of ingest workers, and how many seconds
    a stop may take. The first account, when it was just made, goes to standard error.
    """
    access.prepare_folder()
    apply_migrations(access.services.database)
    first = access.services.bootstrap.seed()
    if first is not None:
        click.echo(
            "The first account, shown this once:\n"
            f"    e-mail    {first.email}\n"
            f"    password  {first.password or 'as RAGLAN_BOOTSTRAP__PASSWORD gives it'}\n"
            f"    API key   {first.api_key or 'as RAGLAN_BOOTSTRAP__API_KEY gives it'}",
            err=True,
        )
    server = access.settings.server
    limit = round(server.graceful_timeout) + 5
    click.echo(f"{server.host} {server.port} {access.settings.worker.processes} {limit}")


@click.command()
@click.option("--dataset", "dataset_id", default=None, help="Only the dataset with this id.")
@click.pass_obj
def reindex(access: Access, dataset_id: str | None) -> None:
    """Make the chunk store anew from the database."""
    with tqdm(unit="chunk", desc="reindex", disable=not is_terminal()) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        count = access.services.cleanup.reindex(dataset_id, progress)
    if access.as_json:
        print_json({"chunks": count})
    else:
        click.echo(f"{count} chunks are indexed.")
