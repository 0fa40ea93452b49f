"""Servers whose tools models call."""

from peewee import BooleanField, CharField, IntegerField, TextField

from api.db.base import Record


class ToolServer(Record):
    """A server that has tools, which administrators have connected; `ordinal` is its place.

    `called` is its id as clients have it; `secrets` is encrypted.
    """

    ordinal = IntegerField()
    called = CharField(max_length=64, unique=True)
    name = CharField(max_length=255)
    description = TextField()
    protocol = CharField(max_length=16)
    url = CharField(max_length=1000)
    path = CharField(max_length=1000)
    is_on = BooleanField(default=True)
    offers = TextField()
    secrets = TextField()

    class Meta:
        """Named as its table."""

        table_name = "tool_server"
