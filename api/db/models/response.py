"""Responses that are kept, to be read and continued."""

from peewee import CharField

from api.db.base import JSONField, Record


class KeptResponse(Record):
    """A response of a model or an assistant.

    `request` is what its request said, `conversation` all that was said up to it and in it, and
    `answer` what it says with the sources that it may cite.
    """

    tenant_id = CharField(max_length=32)
    model = CharField(max_length=255)
    request = JSONField(default=dict)
    conversation = JSONField(default=list)
    answer = JSONField(default=dict)
