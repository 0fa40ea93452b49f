"""Where an import goes, and how its things are found there again."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from click import ClickException

from api.cli.importing.report import Report
from api.errors import NotFoundError, TakenError
from api.services.accounts.records import Principal

if TYPE_CHECKING:
    from api.container import Services

R = TypeVar("R")


@dataclass
class Place:
    """The services of this server, the account that gets everything, and what came of it so far.

    `ids` has what things of the other server are called here.
    """

    services: "Services"
    asker: Principal
    report: Report
    ids: dict[str, str] = field(default_factory=dict)

    def found_or_made(
        self,
        noun: str,
        source_id: str,
        find: Callable[[str], R],
        make: Callable[[str], R],
        within: str = "",
    ) -> tuple[R, bool]:
        """Return a thing under the id that it has on the other server, and whether it was made now.

        Where that id is somebody else's here it is another one, the same one each time; `within`
        names what the thing is in, where it may be in several. `find` raises NotFoundError, and
        `make` TakenError, each for an id.
        """
        for own_id in (source_id, self.other_id(source_id, within)):
            try:
                found, is_new = find(own_id), False
            except NotFoundError:
                try:
                    found, is_new = make(own_id), True
                except TakenError as error:
                    if error.name != own_id:
                        raise
                    continue
            self.ids[source_id] = own_id
            (self.report.moved if is_new else self.report.there)[noun] += 1
            return found, is_new
        raise ClickException(f"The {noun} {source_id} cannot get an id here: both are taken.")

    def other_id(self, source_id: str, within: str = "") -> str:
        """Return the id of something whose own id is somebody else's here, or in another thing."""
        told = f"{source_id} {self.asker.tenant_id} {within}".rstrip().encode()
        return hashlib.blake2b(told, digest_size=16).hexdigest()
