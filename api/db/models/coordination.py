"""Leases and the record of applied migrations."""

from peewee import BigIntegerField, CharField, IntegerField

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
