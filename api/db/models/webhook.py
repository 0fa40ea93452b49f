"""Addresses that are told of what happens, and what they are still to be told."""

from peewee import BigIntegerField, BooleanField, CharField, IntegerField, TextField

from api.db.base import Record


class Webhook(Record):
    """An address of a person, or of the server where `user_id` is empty.

    `called` is its id as clients have it; `events`, `people` and `extra` are JSON.
    """

    user_id = CharField(max_length=32)
    called = CharField(max_length=64)
    name = CharField(max_length=255)
    url_encrypted = TextField()
    secret_encrypted = TextField()
    is_enabled = BooleanField(default=True)
    is_default = BooleanField(default=False)
    only_away = BooleanField(default=True)
    events = TextField()
    people = TextField()
    extra = TextField()

    class Meta:
        """A person has one of a name."""

        table_name = "webhook"
        indexes = ((("user_id", "called"), True),)


class WebhookDelivery(Record):
    """What an address is to be told; `url_encrypted` where no webhook has it."""

    webhook_id = CharField(max_length=32, index=True)
    user_id = CharField(max_length=32, index=True)
    url_encrypted = TextField()
    body = TextField()
    attempts = IntegerField(default=0)
    not_before = BigIntegerField()

    class Meta:
        """Those that are due are found by their time."""

        table_name = "webhook_delivery"
        indexes = ((("not_before", "id"), False),)
