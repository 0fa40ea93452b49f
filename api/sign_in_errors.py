"""Errors of signing in: kinds beside those of `api.errors`."""

from api.errors import AuthenticationError


class RefreshError(AuthenticationError):
    """A refresh token is none, is over, or its session has ended."""

    reason = "refresh"


class ReusedTokenError(RefreshError):
    """A refresh token comes for the second time."""

    form = "This refresh token was used before, so its session has ended: sign in again."
    reason = "reused"
