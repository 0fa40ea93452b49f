"""Functions that change what models are asked, what they say as it comes, and whole answers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

from api.plugins.process import PluginError
from api.services.accounts.records import Principal
from api.services.plugins.opening import OpenPlugin, Place, PluginOpener
from api.services.plugins.records import PluginRow

INLET, STREAM, OUTLET = "inlet", "stream", "outlet"

Body = Mapping[str, Any]
Ask = Callable[[Body], Iterator[Body]]


class Filters:
    """The filters of an answer, in the order in which they change it."""

    def __init__(self, opened: Sequence[OpenPlugin], seconds: float) -> None:
        """Initialize with the filters, and what each may take for a change."""
        self.opened = opened
        self.seconds = seconds

    def of(self, stage: str) -> list[OpenPlugin]:
        """Return those that do something at a stage."""
        return [one for one in self.opened if stage in one.row.stages]

    @property
    def streams(self) -> bool:
        """Return whether events are changed as they come."""
        return bool(self.of(STREAM))

    def changed(self, stage: str, body: Body) -> Body:
        """Return a body after a stage, `messages` among it; raises PluginError."""
        for one in self.of(stage):
            found = one.use(stage, {"body": body}, self.seconds)
            if found is None:
                continue
            if not isinstance(found, dict) or not isinstance(found.get("messages"), list):
                raise PluginError(f"{one.name}: {stage} has to return a body with messages.")
            body = found
        return body

    def through(self, ask: Ask) -> Ask:
        """Return what asks a model, whose events are changed as they come."""
        streaming = self.of(STREAM)
        return (lambda body: self.streamed(streaming, ask(body))) if streaming else ask

    def streamed(self, streaming: Sequence[OpenPlugin], events: Iterator[Body]) -> Iterator[Body]:
        """Yield events as filters change them; one for which there is nothing left is dropped."""
        with closing(events):  # type: ignore[type-var]  # a generator, as all streams are
            for event in events:
                changed: object = event
                for one in streaming:
                    changed = one.use(STREAM, {"event": changed}, self.seconds)
                    if not isinstance(changed, dict):
                        break
                if isinstance(changed, dict):
                    yield changed

    def close(self) -> None:
        """End the processes."""
        for one in self.opened:
            one.close()


class FilterService:
    """Opens the filters of answers."""

    def __init__(self, opener: PluginOpener) -> None:
        """Initialize with what finds plugins."""
        self.opener = opener

    @contextmanager
    def opened(
        self, asker: Principal, chosen: Iterable[str], of_model: Iterable[str], place: Place
    ) -> Iterator[Filters]:
        """Lend the filters of an answer: those of all answers, of its model, and chosen for it."""
        rows = self.wanted(asker, set(chosen), set(of_model))
        opened = [self.opener.open(row, asker, place) for row in rows]
        filters = Filters(opened, self.opener.plugins.settings().timeout)
        try:
            yield filters
        finally:
            filters.close()

    def wanted(self, asker: Principal, chosen: set[str], of_model: set[str]) -> list[PluginRow]:
        """Return the filters of an answer, by priority; one that can be chosen has to be chosen."""
        if not self.opener.plugins.is_on:
            return []
        found = [
            row
            for row in self.opener.functions(asker, "filter")
            if row.text.called in chosen
            or (
                not row.described.get("can_toggle")
                and (row.is_global or row.text.called in of_model)
            )
        ]
        return sorted(found, key=lambda row: (self.priority(row), row.text.called))

    def priority(self, row: PluginRow) -> int:
        """Return the place of a filter among others: what it is set to, or what its code says."""
        found = self.opener.plugins.valves_in(row.valves).get("priority")
        if not isinstance(found, int):
            found = row.described.get("priority")
        return found if isinstance(found, int) else 0


def selectable(rows: Iterable[PluginRow], of_model: Iterable[str]) -> list[PluginRow]:
    """Return which of some filters a person may choose for a model."""
    named = set(of_model)
    return [
        row
        for row in rows
        if row.described.get("can_toggle") and (row.is_global or row.text.called in named)
    ]


def texts(messages: Iterable[object]) -> list[Mapping[str, str]]:
    """Return messages as text, as far as they are such."""
    return [
        {"role": str(one["role"]), "content": text_of(one.get("content"))}
        for one in messages
        if isinstance(one, dict) and "role" in one
    ]


def text_of(content: object) -> str:
    """Return the text of a message, which may come in parts."""
    if not isinstance(content, list):
        return str(content or "")
    parts = (part.get("text") for part in content if isinstance(part, Mapping))
    return "\n".join(str(part) for part in parts if part)
