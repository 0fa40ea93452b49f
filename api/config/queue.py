"""Settings of the broker that tells ingest workers of tasks."""

from pydantic import Field, SecretStr

from api.config.kinds import Seconds
from api.config.section import Section


class QueueSettings(Section):
    """The broker of Celery's workers; an empty address means that workers look in the database."""

    url: SecretStr = SecretStr("")
    timeout: Seconds = 5
    kinds: str = Field("parse, enrich", pattern=r"^(parse|enrich)( *, *(parse|enrich))?$")
    task_timeout: float = Field(21_600, ge=0, allow_inf_nan=False)
    memory_bytes: int = Field(1 << 30, ge=0)

    @property
    def of_kinds(self) -> tuple[str, ...]:
        """Return the kinds of tasks that this host's workers carry out."""
        return tuple(dict.fromkeys(kind.strip() for kind in self.kinds.split(",")))
