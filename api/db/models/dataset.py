"""Datasets."""

from peewee import BigIntegerField, CharField, FloatField, IntegerField, TextField

from api.db.base import JSONField, Record
from rag.engines.defaults import THRESHOLD, VECTOR_WEIGHT


class Dataset(Record):
    """A collection of documents that share an embedding model and default parser settings.

    `name_key` is the case-folded name, unique per tenant. The counters are kept in step by the
    transactions that add and remove documents and chunks. `dimensions` is 0 while the dataset
    has no vectors. `size` is that of its files, in bytes. `pagerank` is what it ranks higher by,
    from 0 to 100. `auto_metadata_config` is a JSON text, or empty. `attributes` is the JSON text of
    what clients note of it.
    """

    tenant_id = CharField(max_length=32)
    created_by = CharField(max_length=32)
    name = CharField(max_length=128)
    name_key = CharField(max_length=255)
    avatar = TextField(default="")
    description = TextField(default="")
    language = CharField(max_length=32, default="English")
    embedding_model = CharField(max_length=255)
    dimensions = IntegerField(default=0)
    permission = CharField(max_length=16, default="me")
    chunk_method = CharField(max_length=32, default="naive")
    parser_config = JSONField(default=dict)
    pagerank = IntegerField(default=0)
    similarity_threshold = FloatField(default=THRESHOLD)
    vector_similarity_weight = FloatField(default=VECTOR_WEIGHT)
    document_count = IntegerField(default=0)
    chunk_count = IntegerField(default=0)
    token_num = BigIntegerField(default=0)
    size = BigIntegerField(default=0)
    attributes = CharField(max_length=8192, default="{}")
    auto_metadata_config = CharField(max_length=4096, default="")

    class Meta:
        """Names are unique per tenant, whatever their case; lists come newest first."""

        indexes = (
            (("tenant_id", "name_key"), True),
            (("tenant_id", "create_time", "id"), False),
            (("tenant_id", "update_time", "id"), False),
        )


class DatasetDirectory(Record):
    """A directory of a dataset's documents; the parent of one at the top is ''."""

    dataset_id = CharField(max_length=32)
    parent_id = CharField(max_length=32)
    created_by = CharField(max_length=32)
    name = CharField(max_length=255)

    class Meta:
        """A name is there once in a directory."""

        table_name = "dataset_directory"
        indexes = ((("dataset_id", "parent_id", "name"), True),)
