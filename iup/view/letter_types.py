"""The values that a decision to keep something back is set from: what the one who asked may read, and nothing else."""

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
