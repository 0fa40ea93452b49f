"""Code of administrators, which models and answers use, and what people set it to."""

from peewee import BooleanField, CharField, TextField

from api.db.base import JSONField, Record


class Plugin(Record):
    """A tool or a function, of a `family`; `called` is its id as clients have it.

    `described` is what its code was found to have when it was kept, `valves` is encrypted, and
    `author_id` names who kept it last, who may be no more.
    """

    family = CharField(max_length=16)
    called = CharField(max_length=128)
    author_id = CharField(max_length=32)
    name = CharField(max_length=255)
    content = TextField()
    meta = JSONField(default=dict)
    described = JSONField(default=dict)
    valves = TextField()
    is_active = BooleanField(default=True)
    is_global = BooleanField(default=False)

    class Meta:
        """A family has an id once."""

        table_name = "plugin"
        indexes = ((("family", "called"), True),)


class PluginValves(Record):
    """What a person has set a plugin to, encrypted."""

    plugin_id = CharField(max_length=32)
    user_id = CharField(max_length=32, index=True)
    valves = TextField()

    class Meta:
        """A person sets a plugin once."""

        table_name = "plugin_valves"
        indexes = ((("plugin_id", "user_id"), True),)
