"""The statements about people and invitations."""

from collections.abc import Mapping

from peewee import IntegrityError, SqliteDatabase

from api.db.base import new_id, now_ms
from api.db.connection import Database
from api.db.listing import Listing, containing
from api.db.sql import rows, run
from api.db.versions import revoked
from api.services.accounts.grant_queries import forget_subject
from api.services.accounts.queries.accounts import address_taken, change_account, end_epoch
from api.services.people.records import (
    OLDEST_FIRST,
    InvitationRecord,
    PeopleOrder,
    PersonRecord,
)

ADMINISTRATORS = "SELECT id FROM account WHERE is_superuser AND is_active ORDER BY id"

OWNED = {
    "dataset": "datasets",
    "chat": "assistants",
    "search_app": "search apps",
    "file_entry": "files",
}
"""The tables of what an account leaves behind, and what it is called."""

FORGOTTEN = {
    "account_session": "user_id",
    "account_identity": "user_id",
    "password_reset": "user_id",
    "recovery_code": "user_id",
    "second_factor": "id",
    "group_member": "user_id",
    "scim_user": "id",
    "api_key": "tenant_id",
    "provider_credential": "tenant_id",
    "tenant_model": "tenant_id",
    "model_off": "tenant_id",
    "plugin_valves": "user_id",
    "channel_answer": "user_id",
    "channel_file": "user_id",
    "channel_member": "user_id",
    "channel_reaction": "user_id",
    "webui_chat": "user_id",
    "webui_folder": "user_id",
    "webui_memory": "user_id",
    "webui_note": "user_id",
    "webui_note_pin": "user_id",
    "webui_person": "id",
    "webui_presence": "id",
    "webui_prompt": "user_id",
    "webui_rating": "user_id",
    "webui_share": "user_id",
    "webui_tag": "user_id",
    "webui_task": "user_id",
    "webui_word": "user_id",
    "webhook": "user_id",
    "webhook_delivery": "user_id",
}
"""The tables of what goes with an account, by the column that names it."""

DELETE_GRANTED = """
    DELETE FROM federated_session
    WHERE identity_id IN (SELECT id FROM account_identity WHERE user_id = ?)
"""
"""What providers gave with sessions of an account, refresh tokens among it."""

DELETE_SAID = """
    DELETE FROM webui_message
    WHERE chat_id IN (SELECT id FROM webui_chat WHERE user_id = ?)
"""
"""The messages of an account's conversations in Open WebUI's front end."""

DELETE_SAID_TO_OTHERS = """
    DELETE FROM webui_message
    WHERE chat_id IN (SELECT id FROM webui_share WHERE user_id = ?)
"""
"""The messages of those that are shared, as they were then."""

DELETE_SHARES_GRANTED = """
    DELETE FROM access_grant
    WHERE kind = 'conversation' AND thing_id IN (SELECT id FROM webui_share WHERE user_id = ?)
"""
"""The grants of what is shared, which go with it."""

DELETE_PROMPTS_GRANTED = """
    DELETE FROM access_grant
    WHERE kind = 'prompt' AND thing_id IN (SELECT id FROM webui_prompt WHERE user_id = ?)
"""
"""The grants of its prompts, which go with it."""

DELETE_PROMPT_VERSIONS = """
    DELETE FROM webui_prompt_version
    WHERE prompt_id IN (SELECT id FROM webui_prompt WHERE user_id = ?)
"""
"""What its prompts were before."""

DELETE_FOLDERS_GRANTED = """
    DELETE FROM access_grant
    WHERE kind = 'chat folder' AND thing_id IN (SELECT id FROM webui_folder WHERE user_id = ?)
"""
"""The grants of its folders of conversations, which go with them."""

DELETE_NOTES_GRANTED = """
    DELETE FROM access_grant
    WHERE kind = 'note' AND thing_id IN (SELECT id FROM webui_note WHERE user_id = ?)
"""
"""The grants of its notes, which go with them."""

DELETE_NOTES_PINNED = """
    DELETE FROM webui_note_pin WHERE note_id IN (SELECT id FROM webui_note WHERE user_id = ?)
"""
"""That others have pinned its notes."""

DELETE_NOTES_WRITTEN = """
    DELETE FROM webui_note_update WHERE note_id IN (SELECT id FROM webui_note WHERE user_id = ?)
"""
"""The documents of its notes."""

DELETE_MODELS_GRANTED = """
    DELETE FROM access_grant
    WHERE kind = 'model' AND thing_id IN (SELECT id FROM tenant_model WHERE tenant_id = ?)
"""
"""The grants of its models, which go with it."""


LEAVE_CHANNELS = (
    "UPDATE channel SET user_id = '' WHERE user_id = ?",
    "UPDATE channel_message SET user_id = '' WHERE user_id = ?",
    "UPDATE channel_message SET pinned_by = '' WHERE pinned_by = ?",
    "UPDATE channel_webhook SET user_id = '' WHERE user_id = ?",
)
"""What is said in channels stays, as what was said of it does, without who said it."""

EMPTIED = (
    "SELECT id FROM channel WHERE kind <> '' AND NOT EXISTS"
    " (SELECT 1 FROM channel_member m WHERE m.channel_id = channel.id AND m.is_member)"
)
"""Groups and talks in which nobody is any more."""

IN_CHANNELS = (
    *("channel_message", "channel_webhook", "channel_member", "channel_file"),
    *("channel_answer", "access_grant"),
)


ORDERS = {
    "role": ("is_pending", "is_superuser"),
    "nickname": ("LOWER(nickname)",),
}
"""By which columns accounts are listed where that is not the column of the name."""


def list_people(
    database: Database,
    keywords: str,
    limit: int,
    offset: int,
    order: PeopleOrder = OLDEST_FIRST,
    *,
    only_there: bool = False,
) -> tuple[int, list[PersonRecord]]:
    """Return how many accounts have a text in address or name, and some, in an order.

    With `only_there` those who are active, with the text in their names.
    """
    listing = Listing(database, "account", PersonRecord._fields)
    if only_there:
        listing.where("is_active AND NOT is_pending")
    if keywords and only_there:
        like = containing(keywords.lower())
        listing.where("LOWER(nickname) LIKE ? ESCAPE '!'", like)
    elif keywords:
        like = containing(keywords.lower())
        where = "(LOWER(email) LIKE ? ESCAPE '!' OR LOWER(nickname) LIKE ? ESCAPE '!')"
        listing = listing.where(where, like, like)
    way = " DESC" if order.descending else ""
    columns = (*ORDERS.get(order.column, (order.column,)), "id")
    ordered = ", ".join(f"{column}{way}" for column in columns)
    found = listing.tuples(f"ORDER BY {ordered} LIMIT ? OFFSET ?", limit, offset)
    return listing.count(), [person_of(row) for row in found]


def find_person(database: Database, user_id: str) -> PersonRecord | None:
    """Return an account."""
    found = Listing(database, "account", PersonRecord._fields).where("id = ?", user_id).tuples()
    return person_of(found[0]) if found else None


def find_person_at(database: Database, email: str) -> PersonRecord | None:
    """Return the account with an address."""
    listing = Listing(database, "account", PersonRecord._fields).where("email = ?", email)
    found = listing.tuples()
    return person_of(found[0]) if found else None


def person_of(row: tuple[object, ...]) -> PersonRecord:
    """Return an account from its row; MariaDB and SQLite have numbers for truth values."""
    *first, active, administrator, pending = row
    return PersonRecord._make([*first, bool(active), bool(administrator), bool(pending)])


def administrators(database: Database) -> list[str]:
    """Return who administers the server; nobody else changes that until the transaction ends."""
    locking = "" if isinstance(database, SqliteDatabase) else " FOR UPDATE"
    return [user_id for (user_id,) in rows(database, f"{ADMINISTRATORS}{locking}")]


def first_administrator(database: Database) -> tuple[str, str]:
    """Return name and address of the first account that administers the server; empty for none."""
    found = rows(
        database,
        "SELECT nickname, email FROM account WHERE is_superuser AND is_active"
        " ORDER BY create_time, id LIMIT 1",
    )
    return (str(found[0][0]), str(found[0][1])) if found else ("", "")


def change_person(
    database: Database, user_id: str, columns: Mapping[str, object], *, ends_sessions: bool
) -> bool:
    """Write columns of an account; false if another has the address."""
    try:
        with database.atomic():
            change_account(user_id, columns)
    except IntegrityError:
        if not address_taken(database, str(columns.get("email", "")), user_id):
            raise
        return False
    if ends_sessions:
        end_epoch(database, user_id)
    return True


def owned_by(database: Database, user_id: str) -> dict[str, int]:
    """Return how many things of each kind an account's tenant has."""
    counts = {
        name: rows(database, f"SELECT COUNT(*) FROM {table} WHERE tenant_id = ?", user_id)[0][0]  # noqa: S608 - tables of ours
        for table, name in OWNED.items()
    }
    return {name: count for name, count in counts.items() if count}


def delete_person(database: Database, user_id: str) -> None:
    """Delete an account with its sessions, keys, models and memberships."""
    for statement in (
        *(DELETE_GRANTED, DELETE_MODELS_GRANTED, DELETE_SHARES_GRANTED),
        *(DELETE_SAID, DELETE_SAID_TO_OTHERS, DELETE_PROMPTS_GRANTED, DELETE_PROMPT_VERSIONS),
        *(DELETE_NOTES_GRANTED, DELETE_NOTES_PINNED, DELETE_NOTES_WRITTEN),
        DELETE_FOLDERS_GRANTED,
    ):
        run(database, statement, user_id)
    for table, column in FORGOTTEN.items():
        run(database, f"DELETE FROM {table} WHERE {column} = ?", user_id)  # noqa: S608 - ours
    leave_channels(database, user_id)
    forget_subject(database, user_id)
    run(database, "DELETE FROM membership WHERE user_id = ? OR tenant_id = ?", user_id, user_id)
    run(database, "DELETE FROM api_key WHERE user_id = ?", user_id)
    run(database, "DELETE FROM tenant WHERE id = ?", user_id)
    run(database, "DELETE FROM account WHERE id = ?", user_id)
    revoked()


def leave_channels(database: Database, user_id: str) -> None:
    """Let what somebody has said in channels be nobody's; groups that nobody is in go with it."""
    for statement in LEAVE_CHANNELS:
        run(database, statement, user_id)
    for (channel_id,) in rows(database, EMPTIED):
        statement = (
            "DELETE FROM channel_reaction WHERE message_id IN"
            " (SELECT id FROM channel_message WHERE channel_id = ?)"
        )
        run(database, statement, channel_id)
        for table in IN_CHANNELS:
            column = "thing_id" if table == "access_grant" else "channel_id"
            kind = " AND kind = 'channel'" if table == "access_grant" else ""
            statement = f"DELETE FROM {table} WHERE {column} = ?{kind}"  # noqa: S608 - ours
            run(database, statement, channel_id)
        run(database, "DELETE FROM channel WHERE id = ?", channel_id)


# Invitations.


def add_invitation(
    database: Database, user_id: str, email: str, role: str, token_hash: str, expires_time: int
) -> InvitationRecord:
    """Write an invitation; those that are over go."""
    now = now_ms()
    made = InvitationRecord(new_id(), email, role, now, expires_time)
    run(database, "DELETE FROM invitation WHERE expires_time <= ?", now)
    run(
        database,
        "INSERT INTO invitation"
        " (id, create_time, update_time, user_id, email, role, token_hash, expires_time)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(made.id, now, now, user_id, email, role, token_hash, expires_time),
    )
    return made


def list_invitations(database: Database) -> list[InvitationRecord]:
    """Return the invitations that can be taken up, the newest first."""
    listing = Listing(database, "invitation", InvitationRecord._fields)
    found = listing.where("expires_time > ?", now_ms()).tuples("ORDER BY create_time DESC, id DESC")
    return [InvitationRecord._make(row) for row in found]


def find_invitation(database: Database, token_hash: str) -> InvitationRecord | None:
    """Return the invitation of a code that can be taken up."""
    listing = Listing(database, "invitation", InvitationRecord._fields)
    found = listing.where("token_hash = ?", token_hash).where("expires_time > ?", now_ms()).tuples()
    return InvitationRecord._make(found[0]) if found else None


def delete_invitation(database: Database, invitation_id: str) -> bool:
    """Delete an invitation; false if another was first, or there is none."""
    return run(database, "DELETE FROM invitation WHERE id = ?", invitation_id) > 0
