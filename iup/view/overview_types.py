"""The values an overview is made of: numbers and short words that may be shown, and nothing else.

None of them says what is unread: no receipt of reading exists, and a guess would be false.
"""

from __future__ import annotations

from dataclasses import dataclass

from iup.model.people import Labels


@dataclass(frozen=True)
class DutyView:
    """What the law asks, or does not ask, in some years; `by` is the last day of the time it must be done in."""

    what: str
    required: bool
    grades: tuple[int, ...]
    by: str
    text: str
    source: str


@dataclass(frozen=True)
class HeadView:
    """What every overview begins with. Without a term nothing could be counted, and the note says so."""

    municipality: str
    school: str
    title: str
    term: str
    year: str
    note: str
    duties: tuple[DutyView, ...]
    read_by: tuple[str, ...]


@dataclass(frozen=True)
class BarView:
    """One bar of a chart: how many of how many; `most` is more than `least` where the number must not be shown."""

    label: str
    least: int
    most: int
    whole: int
    text: str


@dataclass(frozen=True)
class PupilRow:
    """One pupil in a mentor's overview. `state` is the plan's läge, empty when there is none this school year.

    `read` of the `home` that has the plan have said that they have read it.
    """

    name: str
    talk: str
    talk_day: str
    state: str
    plan_required: bool
    asked: int
    missing: tuple[str, ...]
    goals: tuple[int, ...]
    read: int = 0
    home: int = 0


@dataclass(frozen=True)
class SubjectRow:
    """A subject in a mentor's class: how many omdömen are asked and written, and whose are not."""

    subject: str
    asked: int
    written: int
    missing: tuple[str, ...]


@dataclass(frozen=True)
class ClassOverview:
    """A mentor's class."""

    head: HeadView
    group: str
    bars: tuple[BarView, ...]
    pupils: tuple[PupilRow, ...]
    subjects: tuple[SubjectRow, ...]
    document: str = "översikt.klass"
    labels: str = Labels.USUAL

    @property
    def municipality(self) -> str:
        """Who the document is from."""
        return self.head.municipality


@dataclass(frozen=True)
class TaughtRow:
    """One class and subject that a teacher has, and whether omdömen are to be written there at all."""

    group: str
    school: str
    subject: str
    required: bool
    pupils: int
    asked: int
    written: int


@dataclass(frozen=True)
class OwedRow:
    """One pupil in a teacher's subject, and when the omdöme was written; an empty day means not yet."""

    name: str
    group: str
    subject: str
    day: str


@dataclass(frozen=True)
class TeachingOverview:
    """The classes and subjects of one teacher."""

    head: HeadView
    bars: tuple[BarView, ...]
    taught: tuple[TaughtRow, ...]
    pupils: tuple[OwedRow, ...]
    document: str = "översikt.undervisning"
    labels: str = Labels.USUAL

    @property
    def municipality(self) -> str:
        """Who the document is from."""
        return self.head.municipality


@dataclass(frozen=True)
class ClassRow:
    """Coverage of one class, or of all of a school's."""

    id: str
    group: str
    grade: int
    pupils: int
    held: int
    booked: int
    unbooked: int
    required: int
    final: int
    shared: int
    lacking: int


@dataclass(frozen=True)
class LackRow:
    """A pupil who lacks a samtal this term or a plan this school year; an empty word means nothing is lacking."""

    name: str
    group_id: str
    group: str
    talk: str
    plan: str


@dataclass(frozen=True)
class SchoolOverview:
    """A principal's school: coverage, and who lacks what the law asks for."""

    head: HeadView
    bars: tuple[BarView, ...]
    classes: tuple[ClassRow, ...]
    total: ClassRow
    lacking: tuple[LackRow, ...]
    document: str = "översikt.skola"
    labels: str = Labels.USUAL

    @property
    def municipality(self) -> str:
        """Who the document is from."""
        return self.head.municipality


@dataclass(frozen=True)
class Span:
    """A number as it may be shown: exact, between two others, or not at all."""

    least: int
    most: int
    hidden: bool = False

    def __add__(self, other: Span) -> Span:
        return Span(self.least + other.least, self.most + other.most, self.hidden and other.hidden)


@dataclass(frozen=True)
class CoverRow:
    """Coverage of a class, of some small classes together, of a school or of the municipality."""

    school: str
    groups: tuple[str, ...]
    pupils: Span
    held: Span
    not_held: Span
    required: Span
    planned: Span
    lacking: Span

    def __add__(self, other: CoverRow) -> CoverRow:
        return CoverRow(
            "",
            (),
            self.pupils + other.pupils,
            self.held + other.held,
            self.not_held + other.not_held,
            self.required + other.required,
            self.planned + other.planned,
            self.lacking + other.lacking,
        )


@dataclass(frozen=True)
class MunicipalOverview:
    """The nämnd's municipality: numbers only."""

    head: HeadView
    bars: tuple[BarView, ...]
    schools: tuple[CoverRow, ...]
    groups: tuple[CoverRow, ...]
    total: CoverRow
    fewest: int
    smallest: int
    document: str = "översikt.kommun"
    labels: str = Labels.USUAL

    @property
    def municipality(self) -> str:
        """Who the document is from."""
        return self.head.municipality


Overview = ClassOverview | TeachingOverview | SchoolOverview | MunicipalOverview
