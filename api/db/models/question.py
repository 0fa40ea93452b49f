"""Questions that are asked of a dataset again and again."""

from peewee import CharField, TextField

from api.db.base import JSONField, Record


class KeptQuestion(Record):
    """A question of a dataset; `expected` are the ids of chunks that it should find.

    `question_hash` is SHA-256 of the question, which a dataset keeps once.
    """

    dataset_id = CharField(max_length=32)
    question_hash = CharField(max_length=64)
    question = TextField()
    expected = JSONField(default=list)

    class Meta:
        """Each question once in a dataset."""

        table_name = "kept_question"
        indexes = ((("dataset_id", "question_hash"), True),)
