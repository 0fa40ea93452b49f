"""Where the server is and with which key the command line speaks to it."""

import os
import socket
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from click import ClickException

from api.cli.client import Client
from api.config.settings import Settings
from api.config.sources import load_settings
from api.datafolder import make_folder
from api.errors import StartError
from api.processes.listening import host_to_ask
from rag.loading import loaded

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.container import Services
    from api.services.accounts.records import AccountRecord

KEY_FILE = "cli.key"

BUILD = "api.container:build"
PENDING = "api.db.migrate:pending"
"""What brings in the whole engine, which those commands start without that ask the REST API."""

NEW_KEY = (
    "Give one with --key or RAGLAN_API_KEY; on the server's machine `raglan keys create` makes one."
)
NO_SERVER = (
    "There is no server on this machine yet: start ./entrypoint.sh first, or give --url and --key."
)

NO_RIGHTS = "{} cannot be read by you: run this as the server's user, or give --url and --key."

NOT_MIGRATED = (
    "The database is not at this version yet: run `raglan migrate`, or start ./entrypoint.sh."
)


@dataclass
class Access:
    """What every command gets: the options of the program and what follows from them."""

    url: str = ""
    key: str = ""
    as_json: bool = False

    @cached_property
    def settings(self) -> Settings:
        """Return the settings of the server on this machine."""
        try:
            return load_settings()
        except StartError as error:
            raise ClickException(error.message) from error

    @cached_property
    def unchecked_services(self) -> "Services":
        """Return the services of the server, on its own database, in whatever state that is.

        They bring in the whole engine, which what asks the REST API starts without.
        """
        build: Callable[[Settings], Services] = loaded(BUILD)
        return build(self.settings)

    @cached_property
    def services(self) -> "Services":
        """Return the services of the server; raises ClickException unless its database is ready."""
        if not self.settings.data_path.is_dir():
            raise ClickException(NO_SERVER)
        if not os.access(self.settings.data_path, os.R_OK | os.X_OK):
            raise ClickException(NO_RIGHTS.format(self.settings.data_path))
        services = self.unchecked_services
        if loaded(PENDING)(services.database):
            raise ClickException(NOT_MIGRATED)
        return services

    @cached_property
    def client(self) -> Client:
        """Return a client of the REST API."""
        if self.key or self.url:
            return self.client_with(self.key, NEW_KEY)
        path = self.settings.data_path / KEY_FILE
        return self.client_with(
            self.local_key(path), f"Delete {path}; the next call makes a new key."
        )

    def client_with(self, key: str, refused: str) -> Client:
        """Return a client with a key; `refused` says what to do when the server refuses it."""
        if not key:
            raise ClickException(f"The server's API key is missing. {NEW_KEY}")
        return Client(self.server_url, key, refused)

    @property
    def server_url(self) -> str:
        """Return the address of the server, the one on this machine unless another was given."""
        if self.url:
            return self.url if "://" in self.url else f"http://{self.url}"
        server = self.settings.server
        host = host_to_ask(server.host)
        return f"http://[{host}]:{server.port}" if ":" in host else f"http://{host}:{server.port}"

    def local_key(self, path: Path) -> str:
        """Return the command line's own key for the server on this machine, made when missing.

        Whoever may read the data folder may read the database in it, so that the key kept
        there, readable by its owner alone, opens nothing that was closed.
        """
        try:
            return path.read_text(encoding="utf-8").strip()
        except PermissionError as error:
            raise ClickException(NO_RIGHTS.format(path)) from error
        except FileNotFoundError:
            return self.new_local_key(path)

    def new_local_key(self, path: Path) -> str:
        """Make the key for the server on this machine, keep it in a file, and return it."""
        owner = self.account("")
        made = self.services.accounts.keys.create(owner.principal, f"cli on {socket.gethostname()}")
        write_private(path, made.key)
        return made.key

    def account(self, email: str) -> "AccountRecord":
        """Return the account with this address, or the first one for an empty address."""
        accounts = self.services.accounts.accounts
        if not email:
            return accounts.first_account()
        for account in accounts.list_users():
            if account.email == email.strip().lower():
                return account
        raise ClickException(f"There is no account {email}; `raglan users` shows them.")

    def prepare_folder(self) -> None:
        """Make the data folder; raises StartError or ClickException when that is no use."""
        folder = self.settings.data_path
        make_folder(folder)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ClickException(f"The data folder {folder} cannot be written to.")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    partial = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{text}\n")
    partial.replace(path)
