"""Which addresses of brokers are taken, and what is said of others."""

import pytest

from api.config.queue import QueueSettings
from api.config.settings import Settings
from api.errors import StartError
from api.tasks.broker.base import NoBroker
from api.tasks.broker.registry import check_address, open_broker


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1:6379/1",
        "rediss://user:secret@redis.example.org/0",
        "amqp://raglan:secret@rabbit:5672//",
        "AMQPS://raglan:secret@[::1]:5671/%2Fraglan",
    ],
)
def test_addresses_of_redis_and_rabbitmq_are_taken(url: str) -> None:
    check_address(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqs://key:secret@", "must begin with redis://, rediss://, amqp://, amqps://, not sqs://"),
        ("rabbit:5672", "must begin with"),
        ("redis+sentinel://h:1,h:2/m", "not redis+sentinel://"),
        ("amqp://", "it must look like amqp://user:password@host:port/vhost"),
        ("amqp://user:secret@rabbit:port//", "cannot be read"),
        ("redis://a:1;redis://b:1", "cannot be read"),
        ("amqp://user:secret@a:1,b:2//", "cannot be read"),
    ],
)
def test_other_addresses_are_refused_without_their_passwords(url: str, said: str) -> None:
    with pytest.raises(StartError, match=r"queue\.url") as refused:
        check_address(url)

    assert said in str(refused.value)
    assert "secret" not in str(refused.value)


def test_no_address_means_no_broker() -> None:
    assert isinstance(open_broker(QueueSettings()), NoBroker)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [("parse", ("parse",)), ("enrich,parse", ("enrich", "parse")), ("parse , parse", ("parse",))],
)
def test_a_host_may_do_some_kinds_of_work(kinds: str, expected: tuple[str, ...]) -> None:
    assert QueueSettings(kinds=kinds).of_kinds == expected


@pytest.mark.parametrize("kinds", ["", "index", "parse,", "parse enrich"])
def test_kinds_that_do_not_exist_are_refused(kinds: str) -> None:
    with pytest.raises(ValueError, match="kinds"):
        Settings.model_validate({"queue": {"kinds": kinds}})
