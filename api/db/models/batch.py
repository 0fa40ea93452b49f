"""Batches of files that were put into a dataset together."""

from peewee import CharField

from api.db.base import JSONField, Record


class FileBatch(Record):
    """The documents that were made of the files of a batch, be they still there or not."""

    dataset_id = CharField(max_length=32)
    document_ids = JSONField(default=list)
