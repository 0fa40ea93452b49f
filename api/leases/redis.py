"""A lease kept in Redis: standalone, behind Sentinel, or in a cluster."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from api.redis_clients import Client, pool_use, redis_client, redis_errors

# KEYS: owner, fence. Both carry one hash tag, so that a cluster keeps them together.
# Tokens follow the clock, in ms: so they grow even where Redis lost the last one, in a failover
# to a replica that had not heard of it or in a restart without a file.
# A client that waited in vain for an answer sends the command again, and Redis may carry out both:
# each of these gives the same the second time.
ACQUIRE = """
local held = redis.call('GET', KEYS[1])
if held then
    local prefix = ARGV[1] .. ':'
    if string.sub(held, 1, #prefix) ~= prefix then return false end
    local mine = string.match(string.sub(held, #prefix + 1), '^%d+$')
    if not mine then return false end
    if tonumber(mine) > tonumber(ARGV[3]) then
        redis.call('PEXPIRE', KEYS[1], ARGV[2])
        return tonumber(mine)
    end
end
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local last = math.max(tonumber(redis.call('GET', KEYS[2])) or 0, tonumber(ARGV[3]))
local fence = math.max(last + 1, now)
local token = string.format('%.0f', fence)
redis.call('SET', KEYS[2], token)
redis.call('SET', KEYS[1], ARGV[1] .. ':' .. token, 'PX', ARGV[2])
return fence
"""

RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""

RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0
"""


class RedisLease:
    """Who may do what only one process at a time may do; see `api.leases.base`."""

    def __init__(self, make_client: Callable[[], Client], name: str) -> None:
        """Initialize with the way to connect; nothing is connected to yet."""
        self._make_client = make_client
        self._keys = [f"raglan:{{lease:{name}}}:owner", f"raglan:{{lease:{name}}}:fence"]

    @cached_property
    def _client(self) -> Any:
        return self._make_client()

    def acquire(self, owner: str, ttl: float, above: int = 0) -> int | None:
        """Acquire the lease unless another owner holds it; return the fencing token."""
        with redis_errors():
            fence = self._client.eval(ACQUIRE, 2, *self._keys, owner, int(ttl * 1000), above)
        return None if fence is None else int(fence)

    def renew(self, owner: str, fence: int, ttl: float) -> bool:
        """Renew the lease for `ttl` from now; false if it was lost."""
        with redis_errors():
            kept = self._client.eval(RENEW, 1, self._keys[0], f"{owner}:{fence}", int(ttl * 1000))
        return bool(kept)

    def release(self, owner: str, fence: int) -> None:
        """Release the lease."""
        with redis_errors():
            self._client.eval(RELEASE, 1, self._keys[0], f"{owner}:{fence}")

    def check(self, fence: int) -> bool:
        """Return whether the holder with this token still holds the lease."""
        return self._held()[1] == str(fence)

    def holder(self) -> str:
        """Return who holds the lease; empty if nobody does."""
        return self._held()[0]

    def pool_use(self) -> tuple[int, int]:
        """Return how many connections are in use, and how many wait."""
        return pool_use(self._client) if "_client" in self.__dict__ else (0, 0)

    def _held(self) -> tuple[str, str]:
        with redis_errors():
            value = self._client.get(self._keys[0]) or b""
        owner, _, fence = value.decode().rpartition(":")
        return owner, fence


def open_redis_lease(url: str, timeout: float, name: str) -> RedisLease:
    """Return the lease of this name in the Redis at `url`; nothing is connected to yet."""
    return RedisLease(redis_client(url, timeout), name)
