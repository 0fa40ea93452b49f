"""Groups of people."""

from peewee import CharField, TextField

from api.db.base import Record


class Group(Record):
    """A group, named on this server alone; `name_key` is what its name is compared by.

    `external_id` is what a directory that keeps it calls it, empty for one that is kept here.
    """

    name = CharField(max_length=255)
    name_key = CharField(max_length=255, unique=True)
    description = TextField(default="")
    external_id = CharField(max_length=255, default="", index=True)

    class Meta:
        """`group` is a reserved word."""

        table_name = "people_group"


class GroupMember(Record):
    """That a user is in a group; a group has people alone, and no groups."""

    group_id = CharField(max_length=32)
    user_id = CharField(max_length=32)

    class Meta:
        """One row per user and group; all of a user's are read with their key or session."""

        table_name = "group_member"
        indexes = ((("user_id", "group_id"), True), (("group_id", "create_time", "user_id"), False))


class GroupPermission(Record):
    """A permission that a group gives to those in it; see `api.permissions`."""

    group_id = CharField(max_length=32)
    name = CharField(max_length=32)

    class Meta:
        """One row per group and permission."""

        table_name = "group_permission"
        indexes = ((("group_id", "name"), True),)
