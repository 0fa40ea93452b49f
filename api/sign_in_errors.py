"""Errors of signing in: kinds beside those of `api.errors`."""

from api.errors import ArgumentError, AuthenticationError, NotAllowedError


class RefreshError(AuthenticationError):
    """A refresh token is none, is over, or its session has ended."""

    reason = "refresh"


class ReusedTokenError(RefreshError):
    """A refresh token comes for the second time."""

    form = "This refresh token was used before, so its session has ended: sign in again."
    reason = "reused"


class CodeNeededError(AuthenticationError):
    """The password is right, and a one-time code is needed, too."""

    form = "This account has a second factor: send its one-time code, too, as `code`."
    reason = "code"


class WrongCodeError(AuthenticationError):
    """A one-time code or a recovery code is wrong, over, or was used."""

    form = "The code is not right, or was used before: wait for the next one."
    reason = "code"


class ChallengeError(AuthenticationError):
    """The time to enter a code is over, or the password has been changed meanwhile."""

    form = "This took too long: begin to sign in again."
    reason = "code"


class FactorNeededError(NotAllowedError):
    """The settings want a second factor of the account, and it has none."""

    form = "This account has to have a second factor: sign in at /console to set one up."


class LinkError(ArgumentError):
    """A link that was mailed is over, or was used."""

    form = "This link is over, or was used: ask for another one."
