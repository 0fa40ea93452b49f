"""Native calls on threads of their own."""

import threading
import time

import gevent
import pytest

from api.http.offloading import HubOffload


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
