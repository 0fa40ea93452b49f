"""What has become of documents, for those who follow it."""

from peewee import BigAutoField, BigIntegerField, BooleanField, CharField

from api.db.base import BaseModel


class DocumentEvent(BaseModel):
    """A document was added or changed, or is `gone`; rows are only added, and deleted when old."""

    seq = BigAutoField()
    dataset_id = CharField(max_length=32)
    document_id = CharField(max_length=32)
    gone = BooleanField()
    time = BigIntegerField()

    class Meta:
        """Followed by dataset in their order."""

        indexes = ((("dataset_id", "seq"), False),)
