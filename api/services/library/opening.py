"""Finding the datasets whose documents an asker may use."""

from api.db.connection import Database
from api.services.accounts.access import Right, check
from api.services.accounts.records import Principal
from api.services.library.queries import holdings
from api.services.library.records import DatasetHead
from api.things import Kind


def opened_dataset(
    database: Database, asker: Principal, dataset_id: str, right: Right = Right.CHANGE
) -> DatasetHead:
    """Return a dataset whose documents and chunks the asker may read and change, or only read.

    Raises NotFoundError for one that is not there, or of which the asker may know nothing, and
    ForbiddenError for one that they may only read.
    """
    head = holdings.head_of(database, dataset_id)
    return check(database, asker, head, right, Kind.DATASET, dataset_id)
