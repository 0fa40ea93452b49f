"""The functions that the list of models tells of."""

from dataclasses import dataclass

from api.services.accounts.records import Principal
from api.services.plugins.opening import PluginOpener
from api.services.plugins.piping import PipeModel, PipeService
from api.services.plugins.records import PluginRow


@dataclass(frozen=True, slots=True)
class Functions:
    """The models of pipes, and the filters and actions that are on."""

    pipes: list[PipeModel]
    filters: list[PluginRow]
    actions: list[PluginRow]


NO_FUNCTIONS = Functions([], [], [])


class FunctionService:
    """Tells which functions are on."""

    def __init__(self, opener: PluginOpener, pipes: PipeService) -> None:
        """Initialize with the parts."""
        self.opener = opener
        self.pipes = pipes

    def every(self, asker: Principal) -> Functions:
        """Return all functions that are on; pipes are asked for their models now and then."""
        if not self.opener.plugins.is_on:
            return NO_FUNCTIONS
        return Functions(
            self.pipes.models(asker),
            self.opener.functions(asker, "filter"),
            self.opener.functions(asker, "action"),
        )
