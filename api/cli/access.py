"""Where the server is and with which key the command line speaks to it."""

import os
import socket
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from click import ClickException

from api.cli.client import Client
from api.container import Services, build
from api.errors import StartError
from api.schemas.account import Account
from api.settings import Settings, load_settings
from rag.types import run_inline

KEY_FILE = "cli.key"


@dataclass
class Access:
    """What every command gets: the options of the program and what follows from them."""

    url: str
    key: str
    as_json: bool

    @cached_property
    def settings(self) -> Settings:
        """Return the settings of the server on this machine."""
        try:
            return load_settings()
        except StartError as error:
            raise ClickException(error.message) from error

    @cached_property
    def services(self) -> Services:
        """Return the services of the server, on its own database."""
        return build(self.settings, run_inline)

    @cached_property
    def client(self) -> Client:
        """Return a client of the REST API."""
        return Client(self.url or self.local_url(), self.key or self.local_key())

    def local_url(self) -> str:
        """Return the address at which the server on this machine listens."""
        server = self.settings.server
        host = "127.0.0.1" if server.host in {"0.0.0.0", "::", ""} else server.host  # noqa: S104
        return f"http://{host}:{server.port}"

    def local_key(self) -> str:
        """Return the command line's own key for the server on this machine, made when missing.

        Whoever may read the data folder may read the database in it, so that the key kept
        there, readable by its owner alone, opens nothing that was closed.
        """
        if self.url:
            raise ClickException("Give the server's API key with --key or RAGLAN_API_KEY.")
        path = self.settings.data_path / KEY_FILE
        if not path.is_file():
            write_private(path, self.new_key())
        return path.read_text(encoding="utf-8").strip()

    def new_key(self) -> str:
        """Return a new key of the first account."""
        if not self.settings.data_path.is_dir():
            raise ClickException(
                "There is no server on this machine yet: start ./entrypoint.sh first, or give "
                "--url and --key."
            )
        owner = self.account("")
        made = self.services.keys.create(owner.id, owner.id, f"cli on {socket.gethostname()}")
        return str(made["key"])

    def account(self, email: str) -> Account:
        """Return the account with this address, or the first one for an empty address."""
        accounts = self.services.accounts
        if not email:
            return accounts.first_account()
        for account in accounts.list_users():
            if account.email == email.strip().lower():
                return account
        raise ClickException(f"There is no account {email}; `raglan users list` shows them.")

    def prepare_folder(self) -> None:
        """Make the data folder; raises ClickException when it cannot be written to."""
        folder = self.settings.data_path
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ClickException(
                f"The data folder {folder} cannot be made: {error.strerror}."
            ) from error
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ClickException(f"The data folder {folder} cannot be written to.")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    partial = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{text}\n")
    partial.replace(path)
