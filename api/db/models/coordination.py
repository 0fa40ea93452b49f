"""Leases, the record of applied migrations, and what tenants have had of the workers."""

from peewee import BigAutoField, BigIntegerField, CharField, IntegerField

from api.db.base import BaseModel


class Lease(BaseModel):
    """Who may do a job that only one may do; `fence` grows each time the holder changes."""

    name = CharField(max_length=64, primary_key=True)
    owner = CharField(max_length=128, default="")
    fence = BigIntegerField(default=0)
    expires_time = BigIntegerField(default=0)


class Migration(BaseModel):
    """A migration that was applied."""

    number = IntegerField(primary_key=True)
    name = CharField(max_length=128)
    applied_time = BigIntegerField()


class TenantUse(BaseModel):
    """For how long workers were busy for a tenant with what ended in a `minute` of the epoch."""

    seq = BigAutoField()
    tenant_id = CharField(max_length=32)
    minute = BigIntegerField()
    used_ms = BigIntegerField(default=0)

    class Meta:
        """Found by tenant and time."""

        indexes = ((("tenant_id", "minute"), True),)
