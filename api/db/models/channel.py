"""Channels, in which people and models talk; times of messages are in ns since 1970."""

from peewee import (
    BigIntegerField,
    BooleanField,
    CharField,
    IntegerField,
    TextField,
)

from api.db.base import JSONField, Record, now_ms


class Channel(Record):
    """A channel of the server, a group of some people, or a talk of these; `kind` says which.

    Who has made it may be gone: then `user_id` is ''. `talk_key` is the same for a talk of the same
    people, and the id of all else. Who is in a private one is said by its members alone.
    """

    user_id = CharField(max_length=32, index=True)
    kind = CharField(max_length=16)
    name = CharField(max_length=255)
    description = TextField()
    is_private = BooleanField(default=False)
    talk_key = CharField(max_length=64)
    last_message_ns = BigIntegerField(default=0)
    data = JSONField(default=dict)
    meta = JSONField(default=dict)

    class Meta:
        """The same people have one talk."""

        table_name = "channel"
        indexes = ((("talk_key",), True), (("kind", "create_time", "id"), False))


class ChannelMember(Record):
    """Somebody in a group or talk, or, where they are no member, what a reader has said of it.

    Of a channel that `is_active` no more nothing is shown until somebody writes there again.
    """

    channel_id = CharField(max_length=32)
    user_id = CharField(max_length=32)
    is_member = BooleanField(default=False)
    is_active = BooleanField(default=True)
    is_muted = BooleanField(default=False)
    last_read_ns = BigIntegerField(default=0)

    class Meta:
        """A person is there once."""

        table_name = "channel_member"
        indexes = (
            (("channel_id", "user_id"), True),
            (("user_id", "channel_id"), False),
        )


class ChannelMessage(Record):
    """A message; the parent of one that is in no thread is ''.

    `model_id` names the model and `webhook_id` the webhook that has written it, '' for neither; of
    a model's, `user_id` is who has asked. The author of a message may be gone: then that is ''.
    Replies in its thread are counted here.
    """

    channel_id = CharField(max_length=32)
    user_id = CharField(max_length=32, index=True)
    model_id = CharField(max_length=255)
    webhook_id = CharField(max_length=32)
    parent_id = CharField(max_length=32)
    reply_to_id = CharField(max_length=32)
    content = TextField()
    data = JSONField(default=dict)
    meta = JSONField(default=dict)
    is_pinned = BooleanField(default=False)
    pinned_by = CharField(max_length=32)
    pinned_ns = BigIntegerField(default=0)
    reply_count = IntegerField(default=0)
    latest_reply_ns = BigIntegerField(default=0)
    created_ns = BigIntegerField()
    changed_ns = BigIntegerField()

    class Meta:
        """Pages are sought by time, unread ones counted from the index alone."""

        table_name = "channel_message"
        indexes = (
            (("channel_id", "parent_id", "created_ns", "id", "user_id"), False),
            (("channel_id", "is_pinned", "pinned_ns", "id"), False),
        )


class ChannelReaction(Record):
    """That somebody has answered a message with an emoji, by its name."""

    message_id = CharField(max_length=32)
    user_id = CharField(max_length=32, index=True)
    name = CharField(max_length=64)

    class Meta:
        """Each person does so once."""

        table_name = "channel_reaction"
        indexes = ((("message_id", "name", "user_id"), True),)


class ChannelFile(Record):
    """A file of a message, which who may read the channel may read, too."""

    channel_id = CharField(max_length=32, index=True)
    message_id = CharField(max_length=32)
    file_id = CharField(max_length=32)
    user_id = CharField(max_length=32)

    class Meta:
        """A message has a file once."""

        table_name = "channel_file"
        indexes = ((("message_id", "file_id"), True), (("file_id", "channel_id"), False))


class ChannelWebhook(Record):
    """A way for programs to write into a channel; `token` is encrypted."""

    channel_id = CharField(max_length=32)
    user_id = CharField(max_length=32)
    name = CharField(max_length=255)
    picture = TextField()
    token = TextField()
    last_used_ns = BigIntegerField(default=0)

    class Meta:
        """Those of a channel are listed by time."""

        table_name = "channel_webhook"
        indexes = ((("channel_id", "create_time", "id"), False),)


class ChannelAnswer(Record):
    """A message that a model is writing, which has the same id; who makes it renews the time."""

    channel_id = CharField(max_length=32)
    user_id = CharField(max_length=32)
    update_time = BigIntegerField(default=now_ms, index=True)
    is_stopped = BooleanField(default=False)

    class Meta:
        """Named as its table."""

        table_name = "channel_answer"
