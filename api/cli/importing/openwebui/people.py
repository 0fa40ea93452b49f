"""Moving the accounts of people, and finding out whose a thing is here."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from api.cli.importing.openwebui.records import Person
from api.cli.importing.place import Place
from api.cli.importing.report import Report
from api.services.accounts.accounts import EMAIL
from api.services.accounts.records import AccountRole, Principal

if TYPE_CHECKING:
    from api.container import Services

ROLES = {"admin": AccountRole.ADMINISTRATOR, "user": AccountRole.USER}
"""What people are there, and here; whoever is anything else waits for approval."""

NO_PASSWORD = ""
"""What is kept of the password of who has none here: nothing matches it."""

NAME_LIMIT = 100


@dataclass
class Owners:
    """Whose things are whose here: `default` gets what is of nobody who is known here.

    `ids` has what datasets and documents of the other server are called here, `groups` and
    `folders` have what these are.
    """

    services: "Services"
    default: Principal
    report: Report
    ids: dict[str, str] = field(default_factory=dict)
    known: dict[str, Principal] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)

    def place(self, person_id: str) -> Place:
        """Return where the things of a person go."""
        asker = self.known.get(person_id, self.default)
        return Place(self.services, asker, self.report, self.ids)

    def administrator(self) -> Principal:
        """Return who administers this server, `default` if that may be or nobody else is known."""
        people = self.services.people.people
        with self.services.reading():
            found = [one for one in (self.default, *self.known.values()) if people.administers(one)]
        return found[0] if found else self.default

    def find(self, person: Person) -> bool:
        """Note whose account here is a person's, by the address; return whether there is one."""
        found = self.services.accounts.accounts.credentials_of(person.email)
        if found is not None:
            self.known[person.id] = Principal(found.user_id, found.user_id)
        return found is not None


class PersonMove:
    """Makes the accounts of those who have none here; those that are here stay as they are."""

    def __init__(self, owners: Owners) -> None:
        """Initialize with where it is noted who is who."""
        self.owners = owners
        self.accounts = owners.services.accounts.accounts
        self.without_password = 0

    def person(self, told: Person) -> None:
        """Make an account, with the password if that is told, unless there is one."""
        if self.is_wanted(told):
            self.make(told)
            self.owners.report.moved["account"] += 1

    def plan(self, told: Person) -> None:
        """Report what would become of an account."""
        if self.is_wanted(told):
            self.owners.report.moved["account"] += 1

    def is_wanted(self, told: Person) -> bool:
        """Return whether somebody can have an account here, and has none yet."""
        report = self.owners.report
        if self.owners.find(told):
            report.there["account"] += 1
            return False
        if not EMAIL.fullmatch(told.email):
            report.leave_out(f"account {told.email}", "this is no e-mail address")
            return False
        return True

    def make(self, told: Person) -> None:
        """Make an account."""
        report = self.owners.report
        kept = told.password if self.accounts.passwords.reads(told.password) else NO_PASSWORD
        role = ROLES.get(told.role, AccountRole.PENDING)
        self.accounts.insert(told.email.lower(), kept, told.name[:NAME_LIMIT], role)
        self.owners.find(told)
        self.without_password += not kept
        if told.mfa.get("enabled"):
            report.leave_out(f"second factor of {told.email}", "it is set up anew at /console")
        if told.settings:
            restoring = self.owners.services.webui.restoring
            restoring.keep_preferences(self.owners.known[told.id], told.settings)

    def finish(self) -> None:
        """Report passwords that did not come along."""
        if self.without_password:
            why = (
                "they are not told, or cannot be read here: each person sets a new one by a link"
                " of the page to sign in, or you do by `raglan users set-password`"
            )
            self.owners.report.leave_out(f"passwords of {self.without_password} accounts", why)
