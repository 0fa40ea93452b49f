"""Clients of the later contract, by their key or by the server's setting."""

from flask import Flask
from flask.testing import FlaskClient

from api.config.settings import ApiSettings
from api.container import Services
from tests.functional.conftest import Member, client_with


def keyed_client(app: Flask, services: Services, member: Member, contract: str) -> FlaskClient:
    """Return a client with a key that names a contract."""
    made = services.accounts.keys.create(member.account.principal, contract, contract)
    return client_with(app, made.key)


def switch(services: Services, contract: str) -> None:
    """Set the contract of keys that name none, as a changed file does."""
    api = ApiSettings.model_validate({"contract": contract})
    services.live.take(services.live.current.model_copy(update={"api": api}))
