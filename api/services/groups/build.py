"""Putting together what looks after groups."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.config.live import LiveSettings
from api.db.connection import Database
from api.services.groups.grants import Finder, GrantService
from api.services.groups.groups import GroupService
from api.services.groups.handover import EmbeddingModels, HandoverService
from api.services.groups.permissions import PermissionService
from api.services.groups.sharing import SharingService
from api.services.people.build import PeopleServices
from api.things import Kind


@dataclass(frozen=True, slots=True)
class GroupServices:
    """Groups of people, who may use which things, and who gets those of an account that goes."""

    groups: GroupService
    grants: GrantService
    handover: HandoverService
    permissions: PermissionService
    sharing: SharingService


def build_groups(
    database: Database,
    live: LiveSettings,
    people: PeopleServices,
    finders: Mapping[Kind, Finder],
    models: EmbeddingModels,
) -> GroupServices:
    """Compose the services of groups; `finders` find what an asker may grant to others."""
    groups = GroupService(database, people.people)
    grants = GrantService(database, groups, finders)
    permissions = PermissionService(database, groups, lambda: live.current.auth)
    return GroupServices(
        groups=groups,
        grants=grants,
        handover=HandoverService(database, people.people, models),
        permissions=permissions,
        sharing=SharingService(grants, permissions),
    )
