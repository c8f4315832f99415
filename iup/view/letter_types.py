"""The values of letters that stand by themselves: a decision to keep something back, and a notice about personal data.

They hold what the person who asked may read, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

from iup.model.people import Labels


@dataclass(frozen=True)
class MaskedRow:
    """One masking: in which term and place, by which mark, and why. The place tells nothing of what stood there."""

    term: str
    place: str
    mark: str
    reason: str


@dataclass(frozen=True)
class GroundView:
    """A rule of law that the decision rests on, what it protects, its question and the answer that was given."""

    mark: str
    paragraph: str
    protects: str
    question: str
    answer: str


@dataclass(frozen=True)
class DecisionView:
    """A decision that refuses a request, wholly or in part; it names neither the pupil nor whoever asked."""

    municipality: str
    board: str
    number: str
    day: str
    arrived: str
    channel: str
    asked: str
    whole: bool
    reason: str
    rows: tuple[MaskedRow, ...]
    grounds: tuple[GroundView, ...]
    decided_by: str
    title: str
    delegation: str
    court: str
    within: str
    appeal: str
    registrar: tuple[str, ...]
    document: str = "beslut"
    labels: str = Labels.USUAL


@dataclass(frozen=True)
class NoticeRow:
    """Values that belong together: where they stand, long texts each with a label, and one line of the short ones."""

    where: str
    texts: tuple[tuple[str, str], ...] = ()
    short: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class NoticeBlock:
    """Rows, points or a text under a heading of their own; each may be left out."""

    title: str = ""
    note: str = ""
    text: str = ""
    points: tuple[str, ...] = ()
    rows: tuple[NoticeRow, ...] = ()


@dataclass(frozen=True)
class NoticeSection:
    """A part of the document."""

    title: str
    text: str = ""
    blocks: tuple[NoticeBlock, ...] = ()


@dataclass(frozen=True)
class NoticeView:
    """A whole document: whose it is from, what it is called, what stands first, and its parts."""

    municipality: str
    board: str
    title: str
    about: str
    day: str
    lead: str
    sections: tuple[NoticeSection, ...]
    document: str = "uppgifter"
    labels: str = Labels.USUAL
