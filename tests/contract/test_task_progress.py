"""What documents tell of the progress of their tasks, on every kind of database."""

import pytest

from tests.contract.office import Office


def test_progress_of_the_parts_becomes_that_of_the_document(office: Office) -> None:
    document = office.add(parts=2)
    first, second = office.claim(), office.claim()
    office.queue.heartbeat(first, 1.0, "12:00:00 first")
    office.queue.heartbeat(second, 0.5, "12:00:01 second")

    assert office.progress.update() == 1
    assert office.progress.update() == 0

    row = office.document(document)
    assert row["progress"] == pytest.approx(0.75)
    assert row["progress_msg"] == "12:00:00 first\n12:00:01 second"


def test_progress_does_not_fall_when_a_task_is_done_again(office: Office) -> None:
    document = office.add()
    task = office.claim()
    office.queue.heartbeat(task, 0.8, "far")
    office.progress.update()
    office.change(task, progress=0.1, progress_msg="again")

    office.progress.update()

    row = office.document(document)
    assert (row["progress"], row["progress_msg"]) == (pytest.approx(0.8), "again")


def test_progress_alone_does_not_make_a_document_done(office: Office) -> None:
    document = office.add()
    office.queue.heartbeat(office.claim(), 1.0, "all")

    office.progress.update()

    row = office.document(document)
    assert row["progress"] < 1
    assert row["run"] == "RUNNING"


@pytest.mark.parametrize("outcome", ["CANCEL", "DONE", "FAIL"])
def test_progress_leaves_a_document_alone_whose_run_has_ended(office: Office, outcome: str) -> None:
    document = office.add()
    office.queue.heartbeat(office.claim(), 0.5, "late")
    office.change_document(document, run=outcome, progress=0.25, progress_msg="over")

    office.progress.update()

    row = office.document(document)
    assert (row["progress"], row["progress_msg"]) == (0.25, "over")


def test_progress_of_an_older_run_is_not_told(office: Office) -> None:
    document = office.add()
    office.queue.heartbeat(office.claim(), 0.5, "old")
    office.change_document(document, next_generation=2)

    assert office.progress.update() == 0


def test_waiting_documents_are_told_their_place(office: Office) -> None:
    documents = [office.add(not_before=number) for number in range(3)]

    assert office.progress.update() == 2

    told = [office.document(document)["progress_msg"] for document in documents]
    assert told == [
        "Task is queued...",
        "1 tasks are ahead in the queue...",
        "2 tasks are ahead in the queue...",
    ]
    office.claim()
    office.progress.update()
    assert office.document(documents[2])["progress_msg"] == "1 tasks are ahead in the queue..."


def test_a_document_that_waits_for_another_attempt_keeps_its_message(office: Office) -> None:
    document = office.add()
    office.queue.retry(office.claim(), "No answer")
    office.change_document(document, progress_msg="tried")

    office.progress.update()

    assert office.document(document)["progress_msg"] == "tried"


def test_waiting_parts_do_not_hide_the_progress_of_those_at_work(office: Office) -> None:
    document = office.add(parts=2)
    office.queue.heartbeat(office.claim(), 0.5, "working")

    office.progress.update()
    office.progress.update()

    assert office.document(document)["progress_msg"] == "working"
