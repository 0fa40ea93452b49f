"""Runs of questions that are measured."""

from peewee import CharField, IntegerField, TextField

from api.db.base import JSONField, Record


class Evaluation(Record):
    """A run over a dataset; `settings` are those of each side, `k` how many passages count.

    `asked` is how many questions it has, `totals` the sums of recall and nDCG of each side.
    """

    dataset_id = CharField(max_length=32)
    name = CharField(max_length=255, default="")
    k = IntegerField(default=10)
    settings = JSONField(default=list)
    asked = IntegerField(default=0)
    totals = JSONField(default=list)

    class Meta:
        """Listed by dataset, newest first."""

        indexes = ((("dataset_id", "create_time", "id"), False),)


class EvaluatedQuestion(Record):
    """A question of a run; `figures` has recall, nDCG and first rank of each side."""

    dataset_id = CharField(max_length=32, index=True)
    evaluation_id = CharField(max_length=32)
    question = TextField()
    figures = JSONField(default=list)

    class Meta:
        """Listed by run, in their order."""

        table_name = "evaluated_question"
        indexes = ((("evaluation_id", "create_time", "id"), False),)
