"""Native calls on threads of their own."""

import threading
import time

import gevent
import pytest
from gevent.event import Event

from api.http.offloading import HubOffload, Later


def test_the_result_comes_from_another_thread() -> None:
    offload = HubOffload(1)
    assert offload(threading.get_ident) != threading.get_ident()
    assert offload(divmod, 7, 2) == (3, 1)


def test_an_error_is_raised_where_the_call_was_made_and_nowhere_else(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ZeroDivisionError):
        HubOffload(1)(divmod, 1, 0)
    assert capfd.readouterr().err == ""


def test_greenlets_go_on_meanwhile() -> None:
    offload = HubOffload(2)
    order: list[str] = []

    def native() -> None:
        offload(time.sleep, 0.2)
        order.append("native")

    def other() -> None:
        gevent.sleep(0.01)
        order.append("other")

    gevent.joinall([gevent.spawn(native), gevent.spawn(other)])
    assert order == ["other", "native"]


def test_what_has_time_begins_by_itself_after_what_was_ready() -> None:
    order: list[str] = []
    begun = Event()

    def stored() -> None:
        order.append("stored")
        begun.set()

    Later(stored)
    gevent.spawn(order.append, "asked")
    assert begun.wait(20)
    assert order == ["asked", "stored"]


def test_what_has_time_is_done_once_when_its_end_is_waited_for() -> None:
    order: list[str] = []

    def fails() -> None:
        order.append("begun")
        raise ZeroDivisionError

    later = Later(fails)
    assert order == []
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            later()
    assert order == ["begun"]


def test_who_waits_for_what_has_time_may_be_ended_and_it_goes_on() -> None:
    begun, going_on, order = Event(), Event(), list[str]()

    def stored() -> None:
        begun.set()
        going_on.wait(20)
        order.append("stored")

    later = Later(stored)
    waiting = gevent.spawn(later)
    assert begun.wait(20)
    waiting.kill()
    going_on.set()
    later()
    assert order == ["stored"]
