"""Settings of where the server reports itself: the registry of services, traces and defects."""

from pydantic import Field, SecretStr

from api.config.kinds import HttpAddress, NacosAddresses, Port, Seconds, SecretAddress
from api.config.section import Section


class NacosSettings(Section):
    """Service registration; an empty address means none, and nothing of Nacos is imported."""

    address: NacosAddresses = ""
    namespace: str = "public"
    user: str = ""
    password: SecretStr = SecretStr("")
    service_name: str = "raglan"
    group: str = "DEFAULT_GROUP"
    cluster: str = "DEFAULT"
    weight: float = Field(1.0, ge=0, allow_inf_nan=False)
    ip: str = ""
    port: Port = 0
    heartbeat: Seconds = 5


class TelemetrySettings(Section):
    """Where traces and unexpected errors are sent; empty addresses mean nowhere.

    Nothing of OpenTelemetry or Sentry is imported then.
    """

    otlp_url: HttpAddress = ""
    service_name: str = "raglan"
    sentry_dsn: SecretAddress = SecretStr("")
    environment: str = ""
