"""Putting together what identity providers make of people."""

from dataclasses import dataclass

from api.services.groups.groups import GroupService
from api.services.people.people import PeopleService
from api.services.provisioning.groups import ProvisionedGroups
from api.services.provisioning.users import ProvisionedPeople


@dataclass(frozen=True, slots=True)
class ProvisioningServices:
    """What SCIM does."""

    people: ProvisionedPeople
    groups: ProvisionedGroups


def build_provisioning(people: PeopleService, groups: GroupService) -> ProvisioningServices:
    """Compose the services of SCIM."""
    return ProvisioningServices(ProvisionedPeople(people, groups), ProvisionedGroups(groups))
