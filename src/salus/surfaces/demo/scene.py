"""What the demonstration prints and its report shows, and the home in which it happens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from salus.kernel.clock import monotonic
from salus.kernel.ids import RecordId
from salus.platform.cli import Console
from salus.platform.i18n import translate
from salus.platform.work import Node
from salus.rights.consent.service import Granted
from salus.rights.custody import founding
from salus.rights.custody.household import keepers_of
from salus.rights.custody.peers import Keepers
from salus.rights.custody.reading import Opened, as_reader, read
from salus.rights.identity.model import Party
from salus.rights.records import service as records

SECTION = "vital-signs"


@dataclass(slots=True)
class Step:
    """One thing that happened, in plain words, and how long it took."""

    title: str
    lines: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Mark:
    """What was divided until the end of a step (units): in all, to the patient, to a lender.

    `event` is what happened on that day, empty on most.
    """

    day: str
    event: str
    patient: int
    lender: int
    total: int


@dataclass(slots=True)
class Story:
    """What the demonstration prints and what its report shows."""

    console: Console
    steps: list[Step] = field(default_factory=list)
    sections: dict[str, int] = field(default_factory=dict)
    seen: list[tuple[str, ...]] = field(default_factory=list)
    income: list[Mark] = field(default_factory=list)

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[..., None]]:
        """Yields what adds a line to this step."""
        step = Step(translate(title))
        self.steps.append(step)
        self.console.say("{number}. {title}", number=len(self.steps), title=step.title)

        def line(message: str, **values: object) -> None:
            text = translate(message, **values)
            step.lines.append(text)
            self.console.say("   {line}", line=text)

        begun = monotonic()
        yield line
        step.seconds = monotonic() - begun


@dataclass(slots=True)
class Scene:
    story: Story
    node: Node
    home: Path
    consortium: founding.Consortium
    record: RecordId = field(default=RecordId(0))

    @property
    def keepers(self) -> Keepers:
        return keepers_of(self.node, self.home, self.record)

    @property
    def clinic(self) -> Party:
        return self.consortium.readers[0]

    def units(self) -> list[records.KnownUnit]:
        with self.node.reading() as session:
            return records.plain_units(records.units_of(session, self.record, [SECTION]))

    def read(self, granted: Granted, keepers: Keepers | None = None) -> Opened:
        reader = as_reader(self.clinic, granted)
        return read(self.node, keepers or self.keepers, reader, self.record, self.units())
