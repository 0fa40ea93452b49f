"""Putting together what looks after groups."""

from dataclasses import dataclass

from api.db.connection import Database
from api.services.groups.groups import GroupService
from api.services.people.people import PeopleService


@dataclass(frozen=True, slots=True)
class GroupServices:
    """Groups of people."""

    groups: GroupService


def build_groups(database: Database, people: PeopleService) -> GroupServices:
    """Compose the services of groups."""
    return GroupServices(groups=GroupService(database, people))
