"""Settings that administrators change while the server runs."""

from peewee import BigIntegerField, BooleanField, CharField, TextField

from api.db.base import BaseModel


class Setting(BaseModel):
    """A value that is set in the database: JSON text, encrypted where it is `sealed`."""

    name = CharField(max_length=128, primary_key=True)
    value = TextField()
    sealed = BooleanField()
    user_id = CharField(max_length=32)
    author = CharField(max_length=255)
    time = BigIntegerField()


class SettingChange(BaseModel):
    """A change of settings: JSON text with name, value before and value after of each."""

    version = BigIntegerField(primary_key=True)
    time = BigIntegerField()
    user_id = CharField(max_length=32)
    author = CharField(max_length=255)
    what = CharField(max_length=128)
    changes = TextField()
