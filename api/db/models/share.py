"""Assistants that are shared with anybody."""

from peewee import BigIntegerField, BooleanField, CharField, IntegerField

from api.db.base import JSONField, Record


class Share(Record):
    """A page with an assistant; `origins` are the sites that may show it, `hourly` the questions.

    `expires_time` in ms, 0 for none. It asks in the name of `created_by`.
    """

    tenant_id = CharField(max_length=32)
    created_by = CharField(max_length=32)
    chat_id = CharField(max_length=32)
    name = CharField(max_length=255)
    origins = JSONField(default=list)
    expires_time = BigIntegerField(default=0)
    hourly = IntegerField()
    is_on = BooleanField(default=True)

    class Meta:
        """Those of an assistant, newest first."""

        indexes = ((("chat_id", "create_time", "id"), False),)
