"""Ids of rows."""

import uuid

from api.db.base import new_id

MULTICAST = 1 << 40


def test_an_id_is_a_uuid_of_this_moment_that_tells_nothing_of_the_machine() -> None:
    before, found, after = uuid.uuid1(), uuid.UUID(new_id()), uuid.uuid1()
    assert (found.version, found.variant) == (1, uuid.RFC_4122)
    assert before.time - 1 <= found.time <= after.time + 1
    assert found.node & MULTICAST


def test_ids_of_one_moment_differ() -> None:
    assert len({new_id() for _ in range(10_000)}) == 10_000
