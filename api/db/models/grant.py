"""What is granted of single things, beside what belongs to somebody."""

from peewee import CharField, IntegerField

from api.db.base import Record


class Grant(Record):
    """That a user, a group or everybody may do something with a thing.

    `kind` is one of the things' kinds, `subject_id` the id of a user or group, or `*` for
    everybody; `subject_kind` says which. `level` is a `Right` of `api.services.accounts.access`.
    """

    kind = CharField(max_length=16)
    thing_id = CharField(max_length=64)
    subject_kind = CharField(max_length=16)
    subject_id = CharField(max_length=32)
    level = IntegerField()
    created_by = CharField(max_length=32)

    class Meta:
        """One row per thing and subject; `grant` is a reserved word."""

        table_name = "access_grant"
        indexes = (
            (("kind", "thing_id", "subject_id"), True),
            (("subject_id", "kind", "thing_id"), False),
        )
