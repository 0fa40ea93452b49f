"""What processes say about themselves, for the status page."""

from peewee import BigIntegerField, CharField, TextField

from api.db.base import BaseModel


class Report(BaseModel):
    """The newest report of a job or worker; `content` is JSON."""

    name = CharField(max_length=160, primary_key=True)
    kind = CharField(max_length=16)
    content = TextField()
    update_time = BigIntegerField()
