"""Searching the web for those who ask in chats."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from api.config.kinds import HttpAddress, Live, ModelKey, OnOff, Seconds
from api.config.section import Section

Engine = Literal["", "searxng", "brave", "tavily", "external"]
"""The engines that can be asked; empty for none."""

DOMAIN = re.compile(r"!?[\w-]+(\.[\w-]+)*")
MOST_DOMAINS = 200


def domains_of(value: str) -> list[str]:
    """Return the entries of a list of domains, in lower case."""
    return [part.strip().lower() for part in value.split(",") if part.strip()]


def domains(value: str) -> str:
    """Refuse what is no list of domains; an empty one means all."""
    found = domains_of(value)
    for one in found:
        if not DOMAIN.fullmatch(one):
            raise ValueError(f"{one} is no domain: it must be like example.org or !example.org")
    if len(found) > MOST_DOMAINS:
        raise ValueError(f"it has more than {MOST_DOMAINS} domains")
    return value


Domains = Annotated[str, AfterValidator(domains)]


class WebSearchSettings(Section):
    """The engine that is asked, and what is read of the pages that it finds.

    An empty `url` is where the engine is usually; some have no such place. A SearXNG is asked for
    pages in a `language`, or as its own settings have it. Pages are told `whole`, or in
    passages. A front end `asks_first`, by a `question` or one of its own, whether something may be
    searched for.
    """

    enabled: Live[OnOff] = "off"
    engine: Live[Engine] = ""
    url: Live[HttpAddress] = ""
    key: Live[ModelKey] = SecretStr("")
    language: Live[str] = Field("", pattern=r"^[A-Za-z_-]{0,16}$")
    asks_first: Live[OnOff] = "off"
    question: Live[str] = Field("", max_length=2000)
    results: Live[int] = Field(3, ge=1, le=20)
    domains: Live[Domains] = ""
    requests_at_once: Live[int] = Field(2, ge=1, le=16)
    timeout: Live[Seconds] = 10
    pages: Live[OnOff] = "on"
    whole: Live[OnOff] = "off"
    pages_at_once: Live[int] = Field(4, ge=1, le=16)
    page_timeout: Live[Seconds] = 10
    page_bytes: Live[int] = Field(4 << 20, ge=1)

    @property
    def is_on(self) -> bool:
        """Return whether the web is searched."""
        return self.enabled == "on" and bool(self.engine)
