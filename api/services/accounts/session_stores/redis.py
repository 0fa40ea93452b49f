"""Sessions in Redis: standalone, behind Sentinel, or in a cluster.

A session is a hash under its id, which ends by itself; the ids of an account are a set. Each is
written alone, so that a cluster may keep them apart: what a killed process leaves half done is an
id without a session, which is passed over.
"""

import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property
from typing import Any

from api.db.base import now_ms
from api.db.connection import Database, connected
from api.redis_clients import Client, redis_client, redis_errors
from api.services.accounts.queries import accounts as queries
from api.services.accounts.records import KeptSession, Principal

NUMBERS = frozenset({"epoch", "refresh", "create_time", "last_used_time"})

# A client that waited in vain for an answer sends a command again, and Redis may carry out both:
# each of these gives the same the second time.
SET = """
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
"""
ROTATE = """
local number = redis.call('HGET', KEYS[1], 'refresh')
if not number then return 0 end
if number == ARGV[1] then
    local after = tostring(tonumber(number) + 1)
    redis.call('HSET', KEYS[1], 'refresh', after, 'last_used_time', ARGV[2], 'by', ARGV[3])
    return 1
end
return redis.call('HGET', KEYS[1], 'by') == ARGV[3] and 1 or 0
"""


class RedisSessions:
    """Sessions of all accounts; who asks is one call of Redis and one statement."""

    def __init__(self, make_client: Callable[[], Client], database: Database) -> None:
        """Initialize with the way to connect; nothing is connected to yet."""
        self._make_client = make_client
        self.database = database

    @cached_property
    def _client(self) -> Any:
        return self._make_client()

    def add(self, session: KeptSession, days: float) -> None:
        """Keep a session for some days; its account knows it first."""
        lifetime = int(timedelta(days=days).total_seconds() * 1000)
        with redis_errors():
            self._client.sadd(of_account(session.user_id), session.id)
            self._client.pexpire(of_account(session.user_id), lifetime)
            pipe = self._client.pipeline(transaction=False)
            pipe.hset(key(session.id), mapping=session._asdict())
            pipe.pexpire(key(session.id), max(lifetime, 1))
            pipe.execute()

    def find(self, token_hash: str) -> tuple[Principal, int] | None:
        """Return whose session has a token: its id is the beginning of the hash."""
        found = self._read(id_of(token_hash))
        return self._asker(found) if found and found.token_hash == token_hash else None

    def find_by_id(self, session_id: str) -> tuple[Principal, int] | None:
        """Return whose session has an id."""
        found = self._read(session_id)
        return self._asker(found) if found else None

    def list_sessions(self, user_id: str) -> list[KeptSession]:
        """Return an account's sessions."""
        with redis_errors():
            ids = [each.decode() for each in self._client.smembers(of_account(user_id))]
        found = [self._read(session_id) for session_id in ids]
        epoch = self._epoch(user_id)
        kept = [session for session in found if session and session.epoch >= epoch]
        return sorted(kept, key=lambda session: (session.create_time, session.id), reverse=True)

    def record_use(self, session_id: str) -> None:
        """Write the time."""
        self._set(session_id, "last_used_time", now_ms())

    def rotate(self, session_id: str, number: int) -> bool:
        """Count the refresh token up, once however often this is sent."""
        values = (number, now_ms(), secrets.token_hex(8))
        with redis_errors():
            return bool(self._client.eval(ROTATE, 1, key(session_id), *values))

    def carry_over(self, session_id: str, epoch: int) -> None:
        """Write the epoch."""
        self._set(session_id, "epoch", epoch)

    def end(self, user_id: str, session_id: str) -> bool:
        """Delete a session; its id in the account's set is passed over and goes with the next."""
        found = self._read(session_id)
        if found is None or found.user_id != user_id:
            return False
        with redis_errors():
            self._client.delete(key(session_id))
            self._client.srem(of_account(user_id), session_id)
        return True

    def end_all(self, user_id: str, but: str = "") -> None:
        """Delete sessions."""
        with redis_errors():
            ids = [each.decode() for each in self._client.smembers(of_account(user_id))]
            for session_id in ids:
                if session_id != but:
                    self._client.delete(key(session_id))
                    self._client.srem(of_account(user_id), session_id)

    def _read(self, session_id: str) -> KeptSession | None:
        with redis_errors():
            read = self._client.hgetall(key(session_id))
        found = {name.decode(): value.decode() for name, value in read.items()}
        if not found.keys() >= set(KeptSession._fields):
            return None
        values = [
            int(found[name]) if name in NUMBERS else found[name] for name in KeptSession._fields
        ]
        return KeptSession._make(values)

    def _set(self, session_id: str, name: str, value: int) -> None:
        with redis_errors():
            self._client.eval(SET, 1, key(session_id), name, value)

    @connected
    def _asker(self, session: KeptSession) -> tuple[Principal, int] | None:
        found = queries.find_user(self.database, session.user_id, session.epoch, session.id)
        return (found, session.last_used_time) if found else None

    @connected
    def _epoch(self, user_id: str) -> int:
        return queries.epoch_of(self.database, user_id)


def key(session_id: str) -> str:
    """Return where a session is."""
    return f"raglan:session:{session_id}"


def of_account(user_id: str) -> str:
    """Return where the ids of an account's sessions are."""
    return f"raglan:sessions:{user_id}"


def id_of(token_hash: str) -> str:
    """Return the id of the session whose token has a hash."""
    return token_hash[:32]


def open_redis_sessions(url: str, timeout: float, database: Database) -> RedisSessions:
    """Return the sessions in the Redis at `url`; nothing is connected to yet."""
    return RedisSessions(redis_client(url, timeout), database)
