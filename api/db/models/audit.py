"""Who has done what."""

from peewee import BigAutoField, BigIntegerField, CharField, IntegerField, TextField

from api.db.base import BaseModel


class AuditEntry(BaseModel):
    """A request, or something that concerns who may do what; `time` in ms.

    `account` is what somebody has signed in with who is not known yet. `detail` is JSON text.
    """

    id = BigAutoField()
    time = BigIntegerField(index=True)
    kind = CharField(max_length=16)
    action = CharField(max_length=128)
    outcome = CharField(max_length=16)
    status = IntegerField()
    tenant_id = CharField(max_length=32)
    user_id = CharField(max_length=32)
    account = CharField(max_length=255)
    credential = CharField(max_length=64)
    address = CharField(max_length=64)
    agent = CharField(max_length=255)
    method = CharField(max_length=16)
    path = CharField(max_length=512)
    request_id = CharField(max_length=64)
    milliseconds = IntegerField()
    detail = TextField()

    class Meta:
        """Those of a kind and of a user, newest first."""

        indexes = ((("kind", "id"), False), (("user_id", "id"), False))
