"""Documents, their chunks and the tasks that make these."""

from peewee import (
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CharField,
    FloatField,
    IntegerField,
    TextField,
)

from api.db.base import BaseModel, JSONField, Record, now_ms
from api.db.models.states import ChunkSource, RunState, TaskState

ORDERS = ("create_time", "name", "size", "type")
"""The columns by which lists of documents go that have an index for it.

The others change while a document is parsed or edited. An index of them would be written each time,
and makes transactions of MariaDB wait for each other in a circle.
"""


class Document(Record):
    """A file of a dataset.

    `generation` is the published run of parsing (0: none yet); `next_generation` numbers the
    newest run that was asked for. `run` is a `RunState`. `progress`
    is in [0, 1], or -1 after a failure. `storage_key` is empty for an empty file. `origin` tells
    what the visible chunks were made from; see `api.services.ingestion.reuse`. `file_id` is that of
    the `FileEntry` that the document was made of, empty for one that was uploaded. `name_key` is
    what keywords are looked for in. `directory_id` is that of the `DatasetDirectory` in which it is
    shown: with an empty one, and one that is gone, at the top. `sent_name` is what it is called
    there, where another document of the dataset has that name; else it is empty.
    """

    dataset_id = CharField(max_length=32)
    tenant_id = CharField(max_length=32, index=True)
    created_by = CharField(max_length=32)
    name = CharField(max_length=255)
    name_key = CharField(max_length=255)
    suffix = CharField(max_length=32, default="")
    type = CharField(max_length=32, default="other")
    source_type = CharField(max_length=32, default="local")
    size = BigIntegerField(default=0)
    storage_key = CharField(max_length=255, default="")
    content_hash = CharField(max_length=64, default="")
    chunk_method = CharField(max_length=32, default="naive")
    parser_config = JSONField(default=dict)
    meta_fields = JSONField(default=dict)
    enabled = BooleanField(default=True)
    origin = CharField(max_length=64, default="")
    generation = IntegerField(default=0)
    next_generation = IntegerField(default=0)
    chunk_count = IntegerField(default=0)
    token_count = BigIntegerField(default=0)
    run = CharField(max_length=16, default=RunState.UNSTART)
    progress = FloatField(default=0.0)
    progress_msg = TextField(default="")
    process_begin_at = BigIntegerField(default=0)
    process_duration = FloatField(default=0.0)
    file_id = CharField(max_length=32, default="", index=True)
    directory_id = CharField(max_length=32, default="")
    sent_name = CharField(max_length=255, default="")

    class Meta:
        """Names are unique per dataset, as they are written; lists come in any order."""

        indexes = (
            (("dataset_id", "name"), True),
            *((("dataset_id", order, "id"), False) for order in ORDERS),
            (("dataset_id", "origin"), False),
            (("dataset_id", "content_hash"), False),
        )


class StoredChunk(BaseModel):
    """A chunk: the truth of which the chunk store is the index.

    `indexed` is false from the commit of an edit until the chunk store has it, and `deleted`
    marks one that the chunk store has still to forget. `parent` is as in `rag.types.Chunk`,
    `source` a `ChunkSource`.
    """

    seq = BigAutoField()
    id = CharField(max_length=16)
    dataset_id = CharField(max_length=32, index=True)
    document_id = CharField(max_length=32)
    generation = IntegerField()
    ordinal = BigIntegerField(default=0)
    content = TextField()
    token_count = IntegerField(default=0)
    important_keywords = JSONField(default=list)
    questions = JSONField(default=list)
    positions = JSONField(default=list)
    headings = JSONField(default=list)
    parent = BigIntegerField(default=0)
    image_id = CharField(max_length=64, default="")
    available = BooleanField(default=True)
    indexed = BooleanField(default=True)
    deleted = BooleanField(default=False)
    source = CharField(max_length=8, default=ChunkSource.PARSED)
    create_time = BigIntegerField(default=now_ms)
    update_time = BigIntegerField(default=now_ms)

    class Meta:
        """Found by document and id or by id alone, listed by document in order."""

        table_name = "chunk"
        indexes = (
            (("document_id", "generation", "id"), True),
            (("id",), False),
            (("document_id", "generation", "ordinal"), False),
            (("indexed", "seq"), False),
        )


class Task(Record):
    """A run of parsing, or a range of its pages.

    `state` is a `TaskState`. Times are in ms since the
    epoch. `not_before` is when the task may be claimed, and its place in the queue. `fence` grows
    with every claim; a write that carries an older one is refused. `first_page` and `last_page`
    count from 1; 0 as last means to the end. `cleaned` tells that nothing is left to remove after
    the end of a task: staged chunks of one that did not succeed, older chunks after one that did.
    `priority` is a `Priority` of `api.tasks.base`. `trace` says to which trace of requests the task
    belongs. Chunks edited up to the time `discard_before` are replaced by the run; 0 keeps all.
    `used_ms` of a worker, `cpu_ms` of a parser process, `characters` and `chunk_count` are what the
    newest attempt has taken and made. `stages` is JSON, once the chunks are made: the worker, and
    its seconds by stage.
    """

    tenant_id = CharField(max_length=32)
    dataset_id = CharField(max_length=32, index=True)
    document_id = CharField(max_length=32)
    generation = IntegerField()
    kind = CharField(max_length=32, default="parse")
    part = IntegerField(default=0)
    first_page = IntegerField(default=1)
    last_page = IntegerField(default=0)
    state = CharField(max_length=16, default=TaskState.PENDING)
    not_before = BigIntegerField(default=0)
    attempts = IntegerField(default=0)
    owner = CharField(max_length=128, default="")
    fence = BigIntegerField(default=0)
    lease_until = BigIntegerField(default=0)
    cancel_requested = BooleanField(default=False)
    progress = FloatField(default=0.0)
    progress_msg = TextField(default="")
    error = TextField(default="")
    origin = CharField(max_length=64, default="")
    chunk_count = IntegerField(default=0)
    token_count = BigIntegerField(default=0)
    used_ms = BigIntegerField(default=0)
    cpu_ms = BigIntegerField(default=0)
    characters = BigIntegerField(default=0)
    started_time = BigIntegerField(default=0)
    finished_time = BigIntegerField(default=0)
    cleaned = BooleanField(default=False)
    discard_before = BigIntegerField(default=0)
    priority = IntegerField(default=0)
    trace = TextField(default="")
    stages = CharField(max_length=512, default="")

    class Meta:
        """Claimed by state, tenant, dataset and time, listed by tenant, found by document."""

        indexes = (
            (("state", "tenant_id", "not_before", "part"), False),
            (("state", "tenant_id", "dataset_id", "priority", "not_before", "part"), False),
            (("state", "cleaned"), False),
            (("tenant_id", "create_time", "id"), False),
            (("document_id", "generation", "part"), True),
        )
