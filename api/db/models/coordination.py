"""Leases, the record of applied migrations, and the turns of tenants at the workers."""

from peewee import BigIntegerField, CharField, IntegerField

from api.db.base import BaseModel, now_ms


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


class WorkerTurn(BaseModel):
    """How far a tenant, or a dataset among those of its tenant, has come with its turns.

    `place` is what it has had of the workers, in ms by its weight, and counts from where the others
    were; its task with the lowest place is next. `clock` is the place of what was served last among
    those below it: the datasets of a tenant, or all tenants for the id ''.
    """

    id = CharField(max_length=32, primary_key=True)
    place = BigIntegerField(default=0)
    clock = BigIntegerField(default=0)
    update_time = BigIntegerField(default=now_ms, index=True)

    class Meta:
        """One row for all that have waited for a turn lately."""

        table_name = "worker_turn"
