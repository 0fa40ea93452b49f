"""Headers by which browsers protect people: what no page has said for itself is said here."""

from typing import TYPE_CHECKING

from api.config.guarding import HeaderSettings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    Headers = list[tuple[str, str]]

JSON = "application/json"
PAGE = "text/html"


class Guards:
    """The headers of the settings, by what an answer is: JSON, a page, or anything else.

    A policy for contents that stand in frames or viewers, as files of users do, would break them:
    these have their own (`api.http.downloads`).
    """

    def __init__(self, settings: HeaderSettings) -> None:
        """Initialize with the settings."""
        every = said(("X-Content-Type-Options", settings.content_type_options))
        self.other = every
        self.json = every + said(("Content-Security-Policy", settings.api_policy))
        self.page = every + said(
            ("Referrer-Policy", settings.referrer_policy),
            ("Cross-Origin-Opener-Policy", settings.opener_policy),
            ("Permissions-Policy", settings.permissions_policy),
        )
        self.encrypted = said(("Strict-Transport-Security", strict_transport(settings)))

    def add(self, headers: "Headers", environ: "WSGIEnvironment") -> None:
        """Add what the headers of an answer lack."""
        given = dict(headers)
        kind = given.get("Content-Type", "")
        headers += [pair for pair in self._wanted(kind) if pair[0] not in given]
        if self.encrypted and environ["wsgi.url_scheme"] == "https":
            headers += self.encrypted

    def _wanted(self, kind: str) -> "Headers":
        if kind == JSON:
            return self.json
        return self.page if kind.startswith(PAGE) else self.other


def said(*pairs: tuple[str, str]) -> "Headers":
    """Return the headers that have a value."""
    return [pair for pair in pairs if pair[1]]


def strict_transport(settings: HeaderSettings) -> str:
    """Return for how long browsers are to ask by https alone (RFC 6797); empty for no time."""
    if not settings.strict_transport_seconds:
        return ""
    below = "; includeSubDomains" if settings.strict_transport_subdomains == "on" else ""
    return f"max-age={settings.strict_transport_seconds}{below}"


DEFAULTS = Guards(HeaderSettings())
