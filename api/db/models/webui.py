"""What Open WebUI's clients keep: conversations, prompts, and what people prefer there."""

from peewee import (
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CharField,
    IntegerField,
    TextField,
)

from api.db.base import BaseModel, JSONField, Record, now_ms


class WebuiChat(Record):
    """A conversation of a person; `body` is what of it is no message.

    `current_id` names the last message of the branch that is shown, and `folder` where it is filed:
    in none, it is ''.
    """

    user_id = CharField(max_length=32)
    title = CharField(max_length=500)
    current_id = CharField(max_length=64)
    is_pinned = BooleanField(default=False)
    is_archived = BooleanField(default=False)
    last_read_time = BigIntegerField(default=0)
    body = JSONField(default=dict)
    folder = CharField(max_length=32, default="")

    class Meta:
        """Lists go by time, and are read from indexes alone up to where a page begins."""

        table_name = "webui_chat"
        indexes = (
            (("user_id", "is_archived", "is_pinned", "update_time"), False),
            (
                ("user_id", "folder", "is_archived", "update_time", "id", "is_pinned"),
                False,
            ),
            (
                ("user_id", "is_archived", "update_time", "id", "is_pinned", "folder"),
                False,
            ),
        )


class WebuiMessage(Record):
    """A message of a conversation, under the id that its client gave it.

    The parent of a first one is ''. `body` is the message as the client has it,
    without what the other columns say.
    """

    chat_id = CharField(max_length=32)
    message_id = CharField(max_length=64)
    parent_id = CharField(max_length=64)
    ordinal = IntegerField()
    body = JSONField(default=dict)

    class Meta:
        """A conversation has an id once."""

        table_name = "webui_message"
        indexes = ((("chat_id", "message_id"), True),)


class WebuiFolder(Record):
    """A folder of a person's conversations; the parent of one at the top is ''.

    `name_key` is the name as it is compared. `data` and `meta` are as the client has them.
    """

    user_id = CharField(max_length=32)
    parent_id = CharField(max_length=32)
    name = CharField(max_length=255)
    name_key = CharField(max_length=255)
    is_expanded = BooleanField(default=False)
    data = JSONField(default=dict)
    meta = JSONField(default=dict)

    class Meta:
        """A name is there once in a folder."""

        table_name = "webui_folder"
        indexes = ((("user_id", "parent_id", "name_key"), True),)


class WebuiTag(Record):
    """A tag of a conversation; `tag` is the name as it is compared."""

    user_id = CharField(max_length=32)
    chat_id = CharField(max_length=32)
    tag = CharField(max_length=255)
    name = CharField(max_length=255)

    class Meta:
        """A conversation has a tag once."""

        table_name = "webui_tag"
        indexes = ((("chat_id", "tag"), True), (("user_id", "tag"), False))


class WebuiShare(Record):
    """A conversation as it was when it was shared; its messages have the id of this as `chat_id`.

    `update_time` says when that was.
    """

    user_id = CharField(max_length=32)
    chat_id = CharField(max_length=32)
    title = CharField(max_length=500)
    current_id = CharField(max_length=64)
    body = JSONField(default=dict)
    mode = CharField(max_length=16, default="")

    class Meta:
        """A conversation is shared once."""

        table_name = "webui_share"
        indexes = ((("chat_id",), True), (("user_id", "update_time", "id"), False))


class WebuiWord(BaseModel):
    """A word of a conversation as a key, and the place of the first message that has it.

    The place of words of the title is -1.
    """

    id = BigAutoField()
    user_id = CharField(max_length=32)
    chat_id = CharField(max_length=32)
    word = CharField(max_length=48)
    ordinal = IntegerField()

    class Meta:
        """A person searches by words; the index has all that a search reads."""

        table_name = "webui_word"
        indexes = ((("user_id", "word", "chat_id", "ordinal"), False), (("chat_id",), False))


class WebuiPerson(Record):
    """What a person, whose account has the same id, prefers in the front end."""

    settings = JSONField(default=dict)

    class Meta:
        """Named as its table."""

        table_name = "webui_person"


class WebuiTask(Record):
    """An answer that is being made; who makes it renews `update_time`, and ends when told to.

    One whose time was not renewed for a while belongs to a process that died.
    """

    user_id = CharField(max_length=32)
    chat_id = CharField(max_length=32, index=True)
    message_id = CharField(max_length=64)
    is_stopped = BooleanField(default=False)
    update_time = BigIntegerField(default=now_ms, index=True)

    class Meta:
        """Named as its table."""

        table_name = "webui_task"


class WebuiPrompt(Record):
    """A text that a person sends by its command.

    `command_key` is the command as it is compared, `version_id` the version that is shown, and
    `tag_keys` are the tags as they are compared.
    """

    tenant_id = CharField(max_length=32)
    user_id = CharField(max_length=32)
    command = CharField(max_length=255)
    command_key = CharField(max_length=255)
    name = CharField(max_length=255)
    content = TextField()
    data = JSONField(default=dict)
    meta = JSONField(default=dict)
    tags = JSONField(default=list)
    tag_keys = TextField()
    is_active = BooleanField(default=True)
    version_id = CharField(max_length=32)

    class Meta:
        """A command is there once among those of a person."""

        table_name = "webui_prompt"
        indexes = ((("tenant_id", "command_key"), True),)


class WebuiPromptVersion(Record):
    """A prompt as somebody has kept it; `parent_id` is the version that was shown before."""

    prompt_id = CharField(max_length=32)
    parent_id = CharField(max_length=32)
    user_id = CharField(max_length=32)
    snapshot = JSONField(default=dict)
    message = CharField(max_length=500)

    class Meta:
        """The versions of a prompt are listed by time."""

        table_name = "webui_prompt_version"
        indexes = ((("prompt_id", "create_time", "id"), False),)


class WebuiMemory(Record):
    """What a person wants models to know; `kind` and `path` are as the client has them."""

    user_id = CharField(max_length=32)
    kind = CharField(max_length=32)
    path = CharField(max_length=255)
    content = TextField()

    class Meta:
        """Those of a person are listed by time."""

        table_name = "webui_memory"
        indexes = ((("user_id", "create_time", "id"), False),)


class WebuiModel(Record):
    """What the front end keeps of an assistant, which has the same id, beside the assistant.

    `model_id` is what clients call it, `model_key` that as it is compared. `params` and `meta` are
    as the client has them, without what the assistant has itself; `tag_keys` are the tags in `meta`
    as they are compared.
    """

    model_id = CharField(max_length=255)
    model_key = CharField(max_length=255, index=True)
    is_active = BooleanField(default=True)
    params = JSONField(default=dict)
    meta = JSONField(default=dict)
    tag_keys = TextField()

    class Meta:
        """Named as its table."""

        table_name = "webui_model"


class WebuiRating(Record):
    """What a person says of an answer; `data`, `meta` and `snapshot` are as the client has them.

    `model_id` and `value` are those in `data`: which model answered, and 1, -1, or 0 for neither.
    """

    user_id = CharField(max_length=32)
    kind = CharField(max_length=32)
    model_id = CharField(max_length=255)
    value = IntegerField()
    data = JSONField(default=dict)
    meta = JSONField(default=dict)
    snapshot = JSONField(default=dict)
    update_time = BigIntegerField(default=now_ms)

    class Meta:
        """Those of a person are listed by time, and all by their newest change."""

        table_name = "webui_rating"
        indexes = ((("user_id", "create_time", "id"), False), (("update_time", "id"), False))


class WebuiNote(Record):
    """A note of a person; `data` and `meta` are as the client has them.

    `excerpt` is the beginning of its text, and `sought` title and text as they are compared.
    """

    tenant_id = CharField(max_length=32)
    user_id = CharField(max_length=32)
    title = CharField(max_length=500)
    data = JSONField(default=dict)
    meta = JSONField(default=dict)
    excerpt = TextField()
    sought = TextField()

    class Meta:
        """Those of a person are listed by their newest change."""

        table_name = "webui_note"
        indexes = ((("tenant_id", "update_time", "id"), False),)


class WebuiNotePin(BaseModel):
    """A note that a person has pinned."""

    id = BigAutoField()
    user_id = CharField(max_length=32)
    note_id = CharField(max_length=32, index=True)

    class Meta:
        """A person pins a note once."""

        table_name = "webui_note_pin"
        indexes = ((("user_id", "note_id"), True),)


class WebuiNoteUpdate(BaseModel):
    """An update of a note's document, in base64, and how many bytes it has.

    `create_time` is 0 of one that stands for all that is older than a day.
    """

    id = BigAutoField()
    note_id = CharField(max_length=32)
    create_time = BigIntegerField()
    size = IntegerField()
    body = TextField()

    class Meta:
        """A document is read whole, and counted from the index alone."""

        table_name = "webui_note_update"
        indexes = ((("note_id", "size", "id"), False),)


class WebuiPresence(Record):
    """How a person, whose account has the same id, is in the front end, and since when.

    `info` and `variables` are as the client has them. `emoji` and `message` say how they are, until
    `message_ends`: in seconds, 0 for no end. `seen_time` is when they were there last, in ms.
    """

    info = JSONField(default=dict)
    variables = JSONField(default=dict)
    emoji = CharField(max_length=64, default="")
    message = CharField(max_length=500, default="")
    message_ends = BigIntegerField(default=0)
    seen_time = BigIntegerField(default=0, index=True)

    class Meta:
        """Named as its table."""

        table_name = "webui_presence"
