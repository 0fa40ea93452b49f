"""What identity providers say of accounts, by SCIM."""

from peewee import BigIntegerField, CharField, TextField

from api.db.base import Record


class ScimUser(Record):
    """What a client of SCIM says of the account with the same id; `attributes` are JSON.

    `user_name` is in lower case. `deleted_time` (ms) is when it deleted an account that was kept,
    as that owns something; 0 for one that it knows.
    """

    user_name = CharField(max_length=255, unique=True)
    external_id = CharField(max_length=255, index=True)
    attributes = TextField()
    deleted_time = BigIntegerField(default=0)
