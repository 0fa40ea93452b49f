"""Putting together what looks after people."""

from dataclasses import dataclass

from api.services.accounts.accounts import AccountService
from api.services.people.people import PeopleService
from api.services.people.sign_up import SignUpService
from api.services.sign_in.outbox import Outbox


@dataclass(frozen=True, slots=True)
class PeopleServices:
    """Accounts as administrators see them, and signing up."""

    people: PeopleService
    sign_up: SignUpService


def build_people(accounts: AccountService, outbox: Outbox) -> PeopleServices:
    """Compose the services of people."""
    people = PeopleService(accounts)
    return PeopleServices(people=people, sign_up=SignUpService(accounts, people, outbox))
