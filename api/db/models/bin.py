"""Documents that were deleted in a way that can be taken back for a while."""

from peewee import BigIntegerField, CharField, IntegerField, TextField

from api.db.base import BaseModel


class BinnedDocument(BaseModel):
    """A document in the bin until a time in ms since the epoch; `document` is its row as JSON.

    Documents that were deleted together have the same `deletion`. `cleanup_id` is that of the
    `Cleanup` that removes chunks and file when the time is over.
    """

    id = CharField(max_length=32, primary_key=True)
    dataset_id = CharField(max_length=32)
    deletion = CharField(max_length=32)
    until = BigIntegerField()
    cleanup_id = CharField(max_length=32)
    chunk_count = IntegerField(default=0)
    document = TextField()

    class Meta:
        """Looked for by what was deleted together."""

        table_name = "binned_document"
        indexes = ((("dataset_id", "deletion"), False),)
