"""How many connections a lease has to each form of Redis."""

import pytest

from api.leases.redis import RedisLease
from api.redis_clients import redis_client

FORMS = [
    "standalone",
    pytest.param("sentinel", marks=pytest.mark.xdist_group("redis-sentinel")),
    pytest.param("cluster", marks=pytest.mark.xdist_group("redis-cluster")),
]


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """Return the address of a Redis of one form."""
    if request.param == "standalone":
        return f"redis://{request.getfixturevalue('redis_standalone').address}/0"
    if request.param == "sentinel":
        return f"redis+sentinel://{request.getfixturevalue('redis_sentinel_master').address}/m"
    nodes = request.getfixturevalue("redis_cluster_nodes")
    return "redis+cluster://" + ",".join(node.address for node in nodes)


@pytest.mark.parametrize("url", FORMS, indirect=True)
def test_connections_are_counted_once_there_are_any(url: str) -> None:
    lease = RedisLease(redis_client(url, 5), "pools")
    assert lease.pool_use() == (0, 0)
    fence = lease.acquire("me", 60)
    used, idle = lease.pool_use()
    assert used == 0
    assert idle >= 1
    assert fence is not None
    lease.release("me", fence)
