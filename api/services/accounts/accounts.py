"""Accounts: signing up, in and out, sessions, and what users change about themselves."""

import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer
from peewee import Database, IntegrityError

from api.config.settings import AuthSettings
from api.db.base import now_ms
from api.db.connection import connected, connection
from api.db.models.account import Tenant, User
from api.db.rows import tuple_rows
from api.db.sql import rows
from api.errors import (
    ArgumentError,
    AuthenticationError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    UnavailableError,
)
from api.schemas.console.account import LoginRequest, RegisterRequest, SettingRequest
from api.schemas.times import timestamps
from api.services.accounts.passwords import Passwords
from api.services.accounts.records import Account, Principal, SignedIn
from api.services.accounts.secrets import SecretKey
from api.services.accounts.sign_in_limits import SignInLimits

EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(\.[\w-]+)+")
"""What passes for an e-mail address; whether mail arrives there is another question."""

HERE = "local"
"""Where attempts come from that do not come through a connection."""

USER_FIELDS = [
    User.id,
    User.email,
    User.nickname,
    User.avatar,
    User.language,
    User.is_superuser,
    User.is_active,
    User.last_login_time,
    User.create_time,
    User.update_time,
]

FIND_SESSION_SQL = "SELECT id FROM account WHERE session_token = ? AND is_active"


class AccountService:
    """Users with their tenants, and the sessions of the console."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        secret: SecretKey,
        settings: Callable[[], AuthSettings],
        limits: SignInLimits,
    ) -> None:
        """Remember the parts; `settings` returns those that are in force now."""
        self.database = database
        self.passwords = passwords
        self.secret = secret
        self.settings = settings
        self.limits = limits

    # Sessions.

    def authenticate(self, token: str) -> Principal | None:
        """Return whose session a token stands for; None if it is wrong, ended or expired."""
        lifetime = timedelta(days=self.settings().session_days).total_seconds()
        try:
            session = self.serializer().loads(token, max_age=int(lifetime))
        except BadData:
            return None
        with connection(self.database):
            found = rows(self.database, FIND_SESSION_SQL, session)
        return Principal(found[0][0], found[0][0]) if found else None

    def sign_in(self, credentials: LoginRequest, address: str = HERE) -> SignedIn:
        """Check a password and begin a session; the user's other sessions end.

        Raises RateLimitError when the account or the address has been tried too often.
        """
        email = credentials.email.strip()
        self.limits.check(email, address)
        user_id, kept, active = self.password_of(email)
        if user_id:
            matched = self.passwords.matches(kept, credentials.password)
        else:
            matched = self.passwords.waste_time(credentials.password)
        # Again, before anything is told: of guesses sent at once others may have failed meanwhile.
        self.limits.check(email, address)
        if not matched:
            self.limits.failed(email, address)
            problem = "Email and password do not match!"
            raise AuthenticationError(problem if user_id else f"Email: {email} is not registered!")
        self.limits.succeeded(email, address)
        if not active:
            raise ForbiddenError(
                "This account has been disabled, please contact the administrator!", code=403
            )
        if self.passwords.is_outdated(kept):
            self.renew_hash(user_id, credentials.password)
        return self.begin_session(user_id)

    def renew_hash(self, user_id: str, password: str) -> None:
        """Keep a hash with today's parameters, unless too many want one: the old one will do."""
        with suppress(UnavailableError):
            self.change(user_id, password_hash=self.passwords.hash(password))

    def begin_session(self, user_id: str) -> SignedIn:
        """Give a user a fresh session."""
        session = secrets.token_hex(16)
        self.change(user_id, session_token=session, last_login_time=now_ms())
        return SignedIn(self.profile(user_id), self.serializer().dumps(session))

    def sign_out(self, user_id: str) -> None:
        """End a user's session."""
        self.change(user_id, session_token="")

    def serializer(self) -> URLSafeTimedSerializer:
        """Return what signs and dates session tokens."""
        return URLSafeTimedSerializer(self.secret.derive("session tokens"))

    # What users do about themselves.

    def register(self, request: RegisterRequest, address: str = HERE) -> SignedIn:
        """Make an account where sign-up is open, and sign it in; raises RateLimitError."""
        if not self.sign_up_is_open():
            raise ForbiddenError("User registration is disabled!")
        self.limits.signs_up(address)
        account = self.create_user(request.email, request.password, request.nickname)
        return self.begin_session(account.id)

    def sign_up_is_open(self) -> bool:
        """Tell whether anybody may make an account: `auto` means while there is none."""
        if self.settings().sign_up == "auto":
            return not self.any_account()
        return self.settings().sign_up == "on"

    @connected
    def profile(self, user_id: str) -> dict[str, Any]:
        """Return a user as the console shows them."""
        row: dict[str, Any] | None = (
            User.select(*USER_FIELDS).where(User.id == user_id).dicts().first()
        )
        if row is None:
            raise NotFoundError("User not found!")
        return (
            row
            | timestamps(row)
            | {
                "is_active": "1" if row["is_active"] else "0",
                "status": "1",
                "is_authenticated": "1",
                "is_anonymous": "0",
                "login_channel": "password",
            }
        )

    def update_profile(self, user_id: str, request: SettingRequest, address: str = HERE) -> None:
        """Change what a user says about themselves, and their password if they know the old one.

        Who holds a session may guess it no oftener than at the door; raises RateLimitError.
        """
        changes = request.model_dump(exclude_none=True, exclude={"password", "new_password"})
        if request.new_password is not None:
            self.limits.check(user_id, address)
            kept = self.password_hash(user_id)
            if not self.passwords.matches(kept, request.password or ""):
                self.limits.failed(user_id, address)
                raise AuthenticationError("Password error!")
            changes["password_hash"] = self.passwords.hash(request.new_password)
        if changes:
            self.change(user_id, **changes)

    # Administration.

    @connected
    def any_account(self) -> bool:
        """Tell whether there is an account at all."""
        return bool(User.select(User.id).limit(1).tuples().first())

    def first_account(self) -> Account:
        """Return the oldest account; raises NotFoundError when there is none."""
        accounts = self.list_users()
        if not accounts:
            raise NotFoundError(
                "There is no account yet: start ./entrypoint.sh, which makes the first one."
            )
        return accounts[0]

    @connected
    def list_users(self) -> list[Account]:
        """Return all accounts, the oldest first."""
        accounts = User.select(
            User.id,
            User.email,
            User.nickname,
            User.create_time,
            User.last_login_time,
            User.is_active,
            User.is_superuser,
        ).order_by(User.create_time, User.id)
        return [Account(*row) for row in tuple_rows(accounts)]

    def create_user(
        self, email: str, password: str, nickname: str = "", *, is_superuser: bool = False
    ) -> Account:
        """Make an account with its tenant; e-mail addresses are unique whatever their case."""
        address = email.strip()
        if not EMAIL.fullmatch(address):
            raise ArgumentError(f"Invalid email address: {address}!", code=103)
        password_hash = self.passwords.hash(password)
        with connection(self.database):
            if User.select().where(User.email == address.lower()).exists():
                raise ConflictError(f"Email: {address} has already registered!", code=103)
            return self.insert(address.lower(), password_hash, nickname, is_superuser=is_superuser)

    def insert(
        self, email: str, password_hash: str, nickname: str, *, is_superuser: bool
    ) -> Account:
        """Write a user and their tenant in one transaction."""
        row = User(
            email=email,
            nickname=nickname or email.partition("@")[0],
            password_hash=password_hash,
            is_superuser=is_superuser,
        )
        try:
            with self.database.atomic():
                row.save(force_insert=True)
                Tenant.create(id=row.id, name=row.nickname)
        except IntegrityError as error:
            raise ConflictError(f"Email: {email} has already registered!", code=103) from error
        return Account(row.id, email, row.nickname, row.create_time, is_superuser=is_superuser)

    def set_password(self, email: str, password: str) -> None:
        """Give an account another password and end its session."""
        user_id = self.user_id_of(email)
        self.change(user_id, password_hash=self.passwords.hash(password), session_token="")

    def set_active(self, email: str, *, active: bool) -> None:
        """Let an account in, or keep it out: it cannot sign in and its keys are refused."""
        self.change(self.user_id_of(email), is_active=active, session_token="")

    # The rows.

    @connected
    def change(self, user_id: str, /, **values: object) -> None:
        """Write columns of a user."""
        User.update(**values, update_time=now_ms()).where(User.id == user_id).execute()

    def user_id_of(self, email: str) -> str:
        """Return the id of an account; raises NotFoundError."""
        user_id = self.password_of(email)[0]
        if not user_id:
            raise NotFoundError(f"There is no account with the address {email}.")
        return user_id

    @connected
    def password_of(self, email: str) -> tuple[str, str, bool]:
        """Return id, password hash and whether active; an empty id if there is no such account."""
        row = (
            User.select(User.id, User.password_hash, User.is_active)
            .where(User.email == email.strip().lower())
            .tuples()
            .first()
        )
        return row or ("", "", False)

    @connected
    def password_hash(self, user_id: str) -> str:
        """Return the hash that is kept of a user's password."""
        return str(User.get_by_id(user_id).password_hash)
