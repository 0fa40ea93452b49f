"""Settings of how requests are guarded and answers are sent."""

from typing import Literal

from pydantic import Field

from api.config.kinds import Live, Networks, OnOff
from api.config.section import Section
from api.config.wordings import Codings, FrameSources, HeaderText, Paths, RateList

ReferrerPolicy = Literal[
    "no-referrer",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
    "",
]
"""What browsers tell other sites of the page that somebody came from (Referrer Policy, W3C)."""

OpenerPolicy = Literal["same-origin", "same-origin-allow-popups", "unsafe-none", ""]
"""Which windows a page shares with other sites (HTML, 7.1.3)."""


class HeaderSettings(Section):
    """Headers by which browsers protect people; an empty one is not sent."""

    content_type_options: Live[Literal["nosniff", ""]] = "nosniff"
    api_policy: Live[HeaderText] = "default-src 'none'; frame-ancestors 'none'"
    frame_ancestors: Live[FrameSources] = ""
    referrer_policy: Live[ReferrerPolicy] = "same-origin"
    opener_policy: Live[OpenerPolicy] = "same-origin"
    permissions_policy: Live[HeaderText] = "camera=(), geolocation=(), microphone=(), payment=()"
    strict_transport_seconds: Live[int] = Field(0, ge=0)
    strict_transport_subdomains: Live[OnOff] = "off"


class CompressionSettings(Section):
    """Which answers are compressed, for clients who take that."""

    codings: Live[Codings] = "zstd, br, gzip"
    least_bytes: Live[int] = Field(16384, ge=256)


class RateLimitSettings(Section):
    """How many requests are taken in a time; an empty one means any number."""

    address: Live[RateList] = ""
    account: Live[RateList] = ""
    key: Live[RateList] = ""
    exempt: Live[Networks] = ""


class AuditSettings(Section):
    """What is kept of requests, and where; what decides who may do what is always kept."""

    level: Live[Literal["none", "metadata", "request", "request_response"]] = "none"
    include: Live[Paths] = ""
    exclude: Live[Paths] = "/ready, /metrics, /console/static/**, /api/v1/system/audit"
    body_bytes: Live[int] = Field(4096, ge=0, le=16384)
    table: Live[OnOff] = "on"
    stream: Live[Literal["off", "file", "log"]] = "off"
    days: Live[float] = Field(90, ge=0)
    queue: Live[int] = Field(5000, ge=100)
