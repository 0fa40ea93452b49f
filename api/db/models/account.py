"""Users with their sessions, tenants with their members, API keys and model providers."""

from peewee import BigIntegerField, BooleanField, CharField, IntegerField, TextField

from api.db.base import Record


class User(Record):
    """A person who signs in; the tenant with the same id belongs to them."""

    email = CharField(max_length=255, unique=True)
    nickname = CharField(max_length=100)
    password_hash = CharField(max_length=255)
    avatar = TextField(default="")
    language = CharField(max_length=32, default="English")
    timezone = CharField(max_length=64, default="UTC")
    is_superuser = BooleanField(default=False)
    is_active = BooleanField(default=True)
    is_pending = BooleanField(default=False)
    last_login_time = BigIntegerField(default=0)
    session_epoch = IntegerField(default=0)

    class Meta:
        """`user` is a reserved word in PostgreSQL."""

        table_name = "account"


class Invitation(Record):
    """An invitation to sign up: the SHA-256 (hex) of its code is stored; `user_id` made it.

    Without an `email` whoever has the code may take it up.
    """

    user_id = CharField(max_length=32)
    email = CharField(max_length=255)
    role = CharField(max_length=16)
    token_hash = CharField(max_length=64, unique=True)
    expires_time = BigIntegerField()


class Tenant(Record):
    """Whom datasets and chats belong to, with the models it uses by default (`model@Provider`)."""

    name = CharField(max_length=100)
    llm_id = CharField(max_length=255, default="")
    embd_id = CharField(max_length=255, default="")
    img2txt_id = CharField(max_length=255, default="")
    asr_id = CharField(max_length=255, default="")
    tts_id = CharField(max_length=255, default="")
    rerank_id = CharField(max_length=255, default="")


class Session(Record):
    """A session of the console: only the SHA-256 (hex) of what its token holds is stored.

    `agent` is what the client said of itself when it signed in, `address` from where. `epoch` and
    `refresh` are explained at `api.services.accounts.records.KeptSession`.
    """

    user_id = CharField(max_length=32, index=True)
    token_hash = CharField(max_length=64, unique=True)
    last_used_time = BigIntegerField(default=0)
    agent = CharField(max_length=255, default="")
    epoch = IntegerField(default=0)
    refresh = IntegerField(default=0)
    address = CharField(max_length=64, default="")

    class Meta:
        """`session` alone would say nothing beside a chat's sessions."""

        table_name = "account_session"


class SigningKey(Record):
    """A key (encrypted) by which access tokens are signed; the newest signs."""

    secret_encrypted = CharField(max_length=512)

    class Meta:
        """Keys of the API are another thing."""

        table_name = "signing_key"


class SecondFactor(Record):
    """What makes the one-time codes of an account, whose id is its own.

    `confirmed_time` (ms) is 0 before the first code has come; `last_step` is that of the last code
    that was used, which no code of it or before it is good after.
    """

    secret_encrypted = CharField(max_length=512)
    confirmed_time = BigIntegerField()
    last_step = BigIntegerField()

    class Meta:
        """As others are called."""

        table_name = "second_factor"


class RecoveryCode(Record):
    """A code in the place of a one-time code: its SHA-256 (hex) is stored."""

    user_id = CharField(max_length=32, index=True)
    code_hash = CharField(max_length=64)

    class Meta:
        """As others are called."""

        table_name = "recovery_code"


class Mail(Record):
    """A message that waits to be sent; what is secret in it is encrypted."""

    kind = CharField(max_length=16)
    recipient = CharField(max_length=255)
    content_encrypted = TextField()
    attempts = IntegerField()
    not_before = BigIntegerField(index=True)


class PasswordReset(Record):
    """A link to set a new password: the SHA-256 (hex) of its token is stored."""

    user_id = CharField(max_length=32, index=True)
    token_hash = CharField(max_length=64, unique=True)
    expires_time = BigIntegerField()

    class Meta:
        """As others are called."""

        table_name = "password_reset"


class Membership(Record):
    """That a user is a member of a tenant; `role` is owner or member."""

    tenant_id = CharField(max_length=32, index=True)
    user_id = CharField(max_length=32)
    role = CharField(max_length=16)

    class Meta:
        """One row per user and tenant; all of a user's are read with their key or session."""

        indexes = ((("user_id", "tenant_id"), True),)


class ApiKey(Record):
    """A key for the REST API: its SHA-256 (hex) is stored; `hint` is what may be shown.

    `contract` is in which of RAGFlow's contracts it is answered; empty for that of the settings.
    `key_encrypted` is the key itself where the settings want it readable. `scope` is what it may be
    used for (see `api.services.accounts.scopes`), empty for everything; `expires_time` is in ms, 0
    for no end; `note` is its owner's.
    """

    tenant_id = CharField(max_length=32, index=True)
    user_id = CharField(max_length=32)
    name = CharField(max_length=100, default="")
    key_hash = CharField(max_length=64, unique=True)
    hint = CharField(max_length=32)
    last_used_time = BigIntegerField(default=0)
    revoked_time = BigIntegerField(default=0)
    contract = CharField(max_length=16, default="")
    key_encrypted = CharField(max_length=512, default="")
    scope = CharField(max_length=4096, default="")
    expires_time = BigIntegerField(default=0)
    note = CharField(max_length=500, default="")


class ProviderCredential(Record):
    """A tenant's key (encrypted) and base address for one model provider."""

    tenant_id = CharField(max_length=32)
    provider = CharField(max_length=128)
    api_key_encrypted = TextField(default="")
    base_url = CharField(max_length=512, default="")

    class Meta:
        """One row per tenant and provider."""

        indexes = ((("tenant_id", "provider"), True),)


class TenantModel(Record):
    """A model that a tenant added to a provider, and where it is when not where the provider is.

    `type` is chat, embedding or rerank, `context` in tokens.
    """

    tenant_id = CharField(max_length=32)
    provider = CharField(max_length=128)
    name = CharField(max_length=200)
    type = CharField(max_length=16)
    api_key_encrypted = TextField(default="")
    base_url = CharField(max_length=512, default="")
    context = IntegerField(default=0)

    class Meta:
        """One row per tenant, provider, name and type."""

        indexes = ((("tenant_id", "provider", "name", "type"), True),)


class ModelOff(Record):
    """A model of a provider that a tenant has switched off."""

    tenant_id = CharField(max_length=32)
    provider = CharField(max_length=128)
    name = CharField(max_length=200)

    class Meta:
        """One row per tenant, provider and name."""

        indexes = ((("tenant_id", "provider", "name"), True),)
