"""Settings of the mail server."""

from typing import Literal

from pydantic import SecretStr

from api.config.kinds import Live, Port, Seconds
from api.config.section import Section


class SmtpSettings(Section):
    """The mail server; without a host no mail is sent."""

    host: Live[str] = ""
    port: Live[Port] = 587
    security: Live[Literal["starttls", "tls", "none"]] = "starttls"
    user: Live[str] = ""
    password: Live[SecretStr] = SecretStr("")
    sender: Live[str] = "raglan@localhost"
    ca_file: Live[str] = ""
    timeout: Live[Seconds] = 20
