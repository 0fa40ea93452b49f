"""What a registrar says of itself, and what is made of it."""

import pytest
from peewee import Database

from api.config.reporting import NacosSettings
from api.config.settings import Settings
from api.container import Services, build
from api.db.base import now_ms
from api.db.connection import connection, open_database
from api.db.sql import run
from api.discovery.instance import Instance
from api.errors import UnavailableError
from api.http.application import attach, create_app
from api.observability.definitions import REGISTERED
from api.schemas.health import present_status
from api.services.operations.registration import RegistrarReport, Registration
from api.services.operations.reports import Reports
from tests.running import wait_until

ABOVE = {(REGISTERED, ()): 1.0}
BELOW = {(REGISTERED, ()): 0.0}


@pytest.fixture
def watching(settings: Settings) -> Settings:
    """Return settings of a server that is to be found through Nacos."""
    nacos = NacosSettings(address="nacos-1:8848", user="keeper", password="a lamp of whale oil")  # type: ignore[arg-type]
    return settings.model_copy(update={"nacos": nacos})


@pytest.fixture
def registration(watching: Settings, services: Services) -> Registration:
    return Registration(watching, services.operations.reports)


@pytest.fixture
def report(watching: Settings, services: Services) -> RegistrarReport:
    return RegistrarReport(services.operations.reports, watching, Instance("10.0.0.7", 9380, {}))


def refusal(registration: Registration) -> str:
    with pytest.raises(UnavailableError) as caught:
        registration.ask()
    return caught.value.message


def test_a_server_is_registered_when_its_registrar_says_so(
    registration: Registration, report: RegistrarReport
) -> None:
    assert "has not reported" in refusal(registration)
    assert registration.figures() == BELOW
    report.write()
    assert "has just been started" in refusal(registration)
    report.beat()
    report.write()
    registration.ask()
    assert registration.figures() == ABOVE


def test_what_went_wrong_is_told_with_the_time_since_when(
    registration: Registration, report: RegistrarReport
) -> None:
    report.beat()
    report.lose("Nacos does not answer at nacos-1:8848")
    since = report.since
    report.lose("Nacos let nobody in")
    report.write()
    assert refusal(registration) == f"Not registered since {since}: Nacos let nobody in"
    assert report.content()["last_heartbeat"] is not None


def test_a_registrar_that_is_silent_counts_as_gone(
    registration: Registration, report: RegistrarReport, services: Services
) -> None:
    report.beat()
    report.write()
    with connection(services.database):
        run(services.database, "UPDATE report SET update_time = ?", now_ms() - 20_000)
    assert "has not reported for 15 s" in refusal(registration)


def test_the_registrar_of_another_server_says_nothing_of_this_one(
    registration: Registration, watching: Settings, services: Services
) -> None:
    elsewhere = watching.model_copy(
        update={"server": watching.server.model_copy(update={"port": 1})}
    )
    other = RegistrarReport(services.operations.reports, elsewhere, Instance("10.0.0.8", 1, {}))
    other.beat()
    other.write()
    assert "has not reported" in refusal(registration)


def test_it_is_told_at_once_and_forgotten_at_the_end(
    registration: Registration, report: RegistrarReport
) -> None:
    with report:
        report.beat()
        wait_until(lambda: registration.figures() == ABOVE, "the report", 4)
        report.lose("gone")
        wait_until(lambda: registration.figures() == BELOW, "the loss", 4)
    assert "has not reported" in refusal(registration)


def tables(database: Database) -> list[str]:
    with connection(database):
        return list(database.get_tables())


def test_before_the_tables_are_made_nothing_is_said(watching: Settings) -> None:
    """As at the first start, where the registrar may be quicker than the web server."""
    database = open_database(f"sqlite:///{watching.data_path}/fresh.db", 2, 1)
    with RegistrarReport(Reports(database), watching, Instance("10.0.0.7", 1, {})) as report:
        report.write()
    assert tables(database) == []
    database.close_all()


def test_a_database_that_is_away_counts_as_not_registered(
    watching: Settings, services: Services
) -> None:
    class Away(Reports):
        """A place for reports that does not answer."""

        def read(self, kind: str, seconds: float) -> dict[str, object]:
            raise UnavailableError(f"No {kind} for {seconds} s.")

    assert Registration(watching, Away(services.database)).figures() == BELOW


def test_pages_and_metrics_tell_it(watching: Settings, report: RegistrarReport) -> None:
    report.lose("Nacos let nobody in")
    report.write()
    services = build(watching)
    app = create_app()
    attach(app, services)
    ready = app.test_client().get("/ready")
    assert (ready.status_code, ready.json["status"]) == (200, "degraded")
    lost = "consumers that look there do not find this server"
    assert ready.json["reasons"] == [f"nacos: {lost}"]
    part = ready.json["parts"]["nacos"]
    assert part["error"].endswith("Nacos let nobody in")
    shown = present_status(services.operations.system.status())["nacos"]
    assert (shown["type"], shown["status"]) == ("nacos", "red")
    [record] = shown["registrars"].values()
    assert record["instance"] == "10.0.0.7:9380"
    assert "whale oil" not in str(shown) + ready.text
    services.chunk_store.close()
    services.database.close_all()


def test_where_nacos_is_not_configured_there_is_nothing_to_tell(services: Services) -> None:
    assert services.operations.registration.figures() == {}
    assert "nacos" not in services.operations.system.readiness().parts
    assert services.operations.system.status().parts["nacos"].state is None
