"""Where the server stands, across processes."""

import os

from api.http.phase import Phase


def test_a_server_starts_serves_and_stops() -> None:
    phase = Phase()
    assert (phase.serving, phase.stopping) == (False, False)
    assert phase.reason == "The server is starting."
    phase.serve()
    assert (phase.serving, phase.stopping, phase.reason) == (True, False, "")
    phase.stop()
    assert (phase.serving, phase.stopping) == (False, True)
    assert phase.reason == "The server is stopping."


def test_nobody_serves_after_the_stop() -> None:
    phase = Phase()
    phase.stop()
    phase.serve()
    assert phase.stopping


def test_what_a_forked_process_says_all_know() -> None:
    phase = Phase()
    child = os.fork()
    if not child:
        phase.serve()
        os._exit(0)
    os.waitpid(child, 0)
    assert phase.serving
