"""Chat assistants, their sessions and messages."""

from peewee import CharField, FloatField, IntegerField, TextField

from api.db.base import JSONField, Record
from rag.engines.defaults import THRESHOLD, TOP_K, TOP_N, VECTOR_WEIGHT


class Chat(Record):
    """An assistant: which datasets it reads, how it retrieves and how it answers.

    `llm` holds model_name and generation settings, `prompt` the fields of the contract's prompt
    object. `name_key` is the case-folded name, unique per tenant.
    """

    tenant_id = CharField(max_length=32)
    name = CharField(max_length=255)
    name_key = CharField(max_length=255)
    avatar = TextField(default="")
    description = TextField(default="")
    language = CharField(max_length=32, default="English")
    dataset_ids = JSONField(default=list)
    llm = JSONField(default=dict)
    prompt = JSONField(default=dict)
    similarity_threshold = FloatField(default=THRESHOLD)
    vector_similarity_weight = FloatField(default=VECTOR_WEIGHT)
    top_n = IntegerField(default=TOP_N)
    top_k = IntegerField(default=TOP_K)
    rerank_id = CharField(max_length=255, default="")

    class Meta:
        """Names are unique per tenant, whatever their case; lists go by time."""

        indexes = (
            (("tenant_id", "name_key"), True),
            (("tenant_id", "create_time", "id"), False),
            (("tenant_id", "update_time", "id"), False),
        )


class ChatSession(Record):
    """A conversation with an assistant."""

    chat_id = CharField(max_length=32)
    tenant_id = CharField(max_length=32)
    name = CharField(max_length=255)
    user_id = CharField(max_length=255, default="")

    class Meta:
        """Lists go by time."""

        indexes = (
            (("chat_id", "create_time", "id"), False),
            (("chat_id", "update_time", "id"), False),
            (("chat_id", "name", "id"), False),
        )


class ChatMessage(Record):
    """One message of a session; `reference` holds what an answer cites.

    `message_id` is what the client calls a question, `rating` what people think of an answer: 1 for
    good, -1 for bad, 0 for nothing; `feedback` is what they say of it.
    """

    session_id = CharField(max_length=32)
    ordinal = IntegerField()
    role = CharField(max_length=16)
    content = TextField()
    reference = JSONField(default=dict)
    message_id = CharField(max_length=64, default="")
    rating = IntegerField(default=0)
    feedback = CharField(max_length=1024, default="")

    class Meta:
        """Read in order; no two messages share a place, and a question is found by its name."""

        indexes = ((("session_id", "ordinal"), True), (("session_id", "message_id"), False))


class SearchApp(Record):
    """A page that searches some datasets; `settings` say which ones, and how."""

    tenant_id = CharField(max_length=32, index=True)
    created_by = CharField(max_length=32)
    name = CharField(max_length=255)
    name_key = CharField(max_length=255)
    avatar = TextField(default="")
    description = TextField(default="")
    settings = JSONField(default=dict)

    class Meta:
        """Names are unique per tenant, whatever their case."""

        indexes = ((("tenant_id", "name_key"), True),)
