"""The statements about signing in."""

from collections.abc import Sequence

from api.db.base import new_id, now_ms
from api.db.connection import Database
from api.db.sql import rows, run
from api.services.sign_in.records import FactorRecord, MailRecord

# Keys that sign.


def signing_keys(database: Database) -> list[tuple[str, int, str]]:
    """Return the keys that sign access tokens, by id, time and what is kept, the newest first."""
    found = rows(
        database,
        "SELECT id, create_time, secret_encrypted FROM signing_key"
        " ORDER BY create_time DESC, id DESC",
    )
    return [(key_id, time, kept) for key_id, time, kept in found]


def add_signing_key(database: Database, kept: str, before: int) -> None:
    """Write a key that signs from now on; those go whose successor came before a time in ms."""
    now = now_ms()
    with database.atomic():
        known = signing_keys(database)
        succeeded = zip(known[1:], known, strict=False)
        for old in (old[0] for old, next_one in succeeded if next_one[1] < before):
            run(database, "DELETE FROM signing_key WHERE id = ?", old)
        run(
            database,
            "INSERT INTO signing_key (id, create_time, update_time, secret_encrypted)"
            " VALUES (?, ?, ?, ?)",
            *(new_id(), now, now, kept),
        )


def delete_signing_keys(database: Database) -> None:
    """Delete all keys that sign: no access token is good any more."""
    run(database, "DELETE FROM signing_key")


# Second factors.


def find_factor(database: Database, user_id: str) -> FactorRecord | None:
    """Return the factor of an account."""
    found = rows(
        database,
        "SELECT id, secret_encrypted, confirmed_time FROM second_factor WHERE id = ?",
        user_id,
    )
    return FactorRecord._make(found[0]) if found else None


def keep_factor(database: Database, user_id: str, kept: str) -> None:
    """Write a factor that waits for its first code, in the place of one that waits."""
    now = now_ms()
    with database.atomic():
        run(database, "DELETE FROM second_factor WHERE id = ? AND confirmed_time = 0", user_id)
        run(
            database,
            "INSERT INTO second_factor"
            " (id, create_time, update_time, secret_encrypted, confirmed_time, last_step)"
            " VALUES (?, ?, ?, ?, 0, 0)",
            *(user_id, now, now, kept),
        )


def confirm_factor(database: Database, user_id: str) -> None:
    """Write that a factor counts from now on, if it does not yet."""
    statement = "UPDATE second_factor SET confirmed_time = ? WHERE id = ? AND confirmed_time = 0"
    run(database, statement, now_ms(), user_id)


def use_step(database: Database, user_id: str, step: int) -> bool:
    """Use the code of a step up, with all before it; false if it was used."""
    statement = "UPDATE second_factor SET last_step = ? WHERE id = ? AND last_step < ?"
    return run(database, statement, step, user_id, step) > 0


def delete_factor(database: Database, user_id: str) -> None:
    """Delete the factor of an account with its recovery codes."""
    run(database, "DELETE FROM second_factor WHERE id = ?", user_id)
    run(database, "DELETE FROM recovery_code WHERE user_id = ?", user_id)


def replace_recovery_codes(database: Database, user_id: str, hashes: Sequence[str]) -> None:
    """Write recovery codes in the place of those that there are."""
    now = now_ms()
    run(database, "DELETE FROM recovery_code WHERE user_id = ?", user_id)
    for code_hash in hashes:
        run(
            database,
            "INSERT INTO recovery_code (id, create_time, update_time, user_id, code_hash)"
            " VALUES (?, ?, ?, ?, ?)",
            *(new_id(), now, now, user_id, code_hash),
        )


def count_recovery_codes(database: Database, user_id: str) -> int:
    """Return how many recovery codes are left."""
    found = rows(database, "SELECT COUNT(*) FROM recovery_code WHERE user_id = ?", user_id)
    return int(found[0][0])


def use_recovery_code(database: Database, user_id: str, code_hash: str) -> bool:
    """Use a recovery code up; false if there is none."""
    statement = "DELETE FROM recovery_code WHERE user_id = ? AND code_hash = ?"
    return run(database, statement, user_id, code_hash) > 0


# Mail.


def count_mail(database: Database) -> int:
    """Return how many messages wait."""
    return int(rows(database, "SELECT COUNT(*) FROM mail")[0][0])


def add_mail(database: Database, kind: str, recipient: str, content: str) -> None:
    """Write a message that is due now."""
    now = now_ms()
    run(
        database,
        "INSERT INTO mail (id, create_time, update_time, kind, recipient, content_encrypted,"
        " attempts, not_before) VALUES (?, ?, ?, ?, ?, ?, 0, ?)",
        *(new_id(), now, now, kind, recipient, content, now),
    )


def due_mail(database: Database, most: int) -> list[MailRecord]:
    """Return messages that are due, those first that have waited the longest."""
    statement = (
        "SELECT id, kind, recipient, content_encrypted, attempts FROM mail"
        " WHERE not_before <= ? ORDER BY not_before, id LIMIT ?"
    )
    return [MailRecord._make(row) for row in rows(database, statement, now_ms(), most)]


def delay_mail(database: Database, mail_id: str, not_before: int) -> None:
    """Write that a message was tried in vain."""
    statement = "UPDATE mail SET attempts = attempts + 1, not_before = ? WHERE id = ?"
    run(database, statement, not_before, mail_id)


def delete_mail(database: Database, mail_id: str) -> None:
    """Delete a message."""
    run(database, "DELETE FROM mail WHERE id = ?", mail_id)


# Links to new passwords.


def add_reset(database: Database, user_id: str, token_hash: str, end: int) -> None:
    """Write a link; those that are over go."""
    now = now_ms()
    run(database, "DELETE FROM password_reset WHERE expires_time <= ?", now)
    run(
        database,
        "INSERT INTO password_reset (id, create_time, update_time, user_id, token_hash,"
        " expires_time) VALUES (?, ?, ?, ?, ?, ?)",
        *(new_id(), now, now, user_id, token_hash, end),
    )


def user_of_reset(database: Database, token_hash: str) -> str:
    """Return whose link it is, if they may sign in; empty if it is none, or over."""
    statement = (
        "SELECT a.id FROM password_reset r JOIN account a ON a.id = r.user_id"
        " WHERE r.token_hash = ? AND r.expires_time > ? AND a.is_active"
    )
    found = rows(database, statement, token_hash, now_ms())
    return str(found[0][0]) if found else ""


def delete_resets(database: Database, user_id: str) -> int:
    """Delete all links of an account; return how many there were."""
    return run(database, "DELETE FROM password_reset WHERE user_id = ?", user_id)
