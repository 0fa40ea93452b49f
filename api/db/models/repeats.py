"""Answers that are kept for a while, so that a request that is sent again is not done again."""

from peewee import BigIntegerField, CharField, IntegerField, TextField

from api.db.base import BaseModel


class KeptAnswer(BaseModel):
    """The answer to a request with an `Idempotency-Key`; status 0 while the request goes on.

    `id` is the SHA-256 (hex) of who asks and of the key; `fingerprint` is that of the request.
    """

    id = CharField(max_length=64, primary_key=True)
    create_time = BigIntegerField(index=True)
    fingerprint = CharField(max_length=64)
    status = IntegerField(default=0)
    content_type = CharField(max_length=255, default="")
    body = TextField(default="")
