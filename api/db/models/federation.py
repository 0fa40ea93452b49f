"""What connects accounts with places that say who people are, and sessions that began there."""

from peewee import BigIntegerField, CharField, TextField

from api.db.base import Record


class AccountIdentity(Record):
    """Whose account a person of a provider has; `subject_hash` is SHA-256 (hex) of who they are.

    `provider` is the section of its settings; `email` is what it said first.
    """

    user_id = CharField(max_length=32, index=True)
    provider = CharField(max_length=32)
    subject = CharField(max_length=255)
    subject_hash = CharField(max_length=64, unique=True)
    email = CharField(max_length=255)

    class Meta:
        """Beside the accounts."""

        table_name = "account_identity"


class FederatedSession(Record):
    """A session that began at a provider; `session_hash` is SHA-256 (hex) of its name there.

    `refresh_encrypted` is what asks the provider again about the person, from `renew_time` (ms) on;
    empty where there is nothing.
    """

    session_id = CharField(max_length=32, unique=True)
    identity_id = CharField(max_length=32, index=True)
    provider = CharField(max_length=32)
    session_hash = CharField(max_length=64, index=True)
    refresh_encrypted = TextField(default="")
    renew_time = BigIntegerField(default=0, index=True)

    class Meta:
        """Beside the sessions."""

        table_name = "federated_session"
