"""Datasets in the later contract."""

from api.schemas.sdk import dataset
from api.services.accounts.grant_records import Level
from api.services.library.records import DatasetRecord

BUILTIN = "Builtin"


def present_dataset(record: DatasetRecord, level: Level | None = None) -> dataset.DatasetAnswer:
    """Return a dataset as it goes out; its embedding model is named with its instance."""
    shown = dataset.present_dataset(record, level)
    shown["embedding_model"] = with_instance(record.embedding_model)
    return shown


def with_instance(name: str) -> str:
    """Return the name of a model as `model@instance@Provider`; any other than of two parts stays.

    Every provider has one instance: the built-in one is called Local, those of others default.
    """
    if name.count("@") != 1:
        return name
    model, provider = name.split("@")
    instance = "Local" if provider == BUILTIN else "default"
    return f"{model}@{instance}@{provider}"
