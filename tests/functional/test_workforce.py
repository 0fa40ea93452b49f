"""What `/ready` says of ingest workers that are silent."""

import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.errors import UnavailableError
from api.services.operations.checking import workers_check
from api.services.operations.worker_report import WorkerReport, Workforce
from api.workers.task_runner import worker_name

pytestmark = pytest.mark.databases("sqlite")


def test_workers_have_time_to_report(services: Services) -> None:
    Workforce(services.operations.reports, 1).ask()


def test_too_few_workers_are_told(services: Services) -> None:
    workforce = Workforce(services.operations.reports, 1, grace=0)
    with pytest.raises(UnavailableError, match="Of 1 ingest workers of this host 0 have reported"):
        workforce.ask()
    WorkerReport(services.operations.reports, "another-host:1").write()
    with pytest.raises(UnavailableError, match="this host 0 have"):
        workforce.ask()
    WorkerReport(services.operations.reports, worker_name()).write()
    workforce.ask()


def test_the_server_is_degraded_while_a_worker_is_silent(
    services: Services, client: FlaskClient
) -> None:
    services.operations.system.checks = [
        workers_check(Workforce(services.operations.reports, 1, grace=0).ask, 1)
    ]
    answer = client.get("/ready")
    assert answer.status_code == 200
    found = answer.get_json()
    assert found["status"] == "degraded"
    assert found["reasons"] == ["workers: documents wait longer, or until ingest workers are back"]
    WorkerReport(services.operations.reports, worker_name()).write()
    assert client.get("/ready").get_json()["status"] == "ready"
