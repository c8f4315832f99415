"""The values that show what has changed since last time."""

from __future__ import annotations

from dataclasses import dataclass

from iup.model.people import Labels


@dataclass(frozen=True)
class WordRun:
    """A run of words that is the same as before, gone, or new; or a whole text that is shown without marks."""

    kind: str
    text: str


@dataclass(frozen=True)
class ChangedText:
    """A text that was changed, written or taken away: where it stands, as it was and as it is, by words or whole."""

    section: str
    label: str
    before: tuple[WordRun, ...]
    now: tuple[WordRun, ...]


@dataclass(frozen=True)
class MovedGoal:
    """A goal that is new, gone, or in another state than before; an empty state means that it was or is not there."""

    subject: str
    text: str
    before: str
    now: str


@dataclass(frozen=True)
class ChangedLevel:
    """An omdöme that is not the one of last time; empty where there was none."""

    subject: str
    before: str
    now: str


@dataclass(frozen=True)
class TermCount:
    """How many goals were in each state at the end of a term, in the order of the states."""

    term: str
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class SinceView:
    """What has changed in one pupil's plan since the last one that was made final, for one reader."""

    pupil: str
    group: str
    school: str
    municipality: str
    since: str
    final: str
    goals: tuple[MovedGoal, ...]
    levels: tuple[ChangedLevel, ...]
    texts: tuple[ChangedText, ...]
    terms: tuple[TermCount, ...]
    document: str = "sedan"
    labels: str = Labels.USUAL
