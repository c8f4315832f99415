"""The names of places in a pupil's plan and goals: `fält/trivsel`, `omdöme/Bild/nivå`, `mål/m1/klart`.

In: what a place is, or the text of its key. Out: the text, or what it says. Replies, tickets, decisions and changes
hold keys as text, so the text of a key never changes. The same words name the places of a masked copy, where a number
stands for a subject, a writer or a person: a key there tells nobody who. Knows no rule, and not which places there are.

    namn · klass · skola · läst       what a document has once
    kontakt/<person>                  how a guardian is reached
    person/<number>[/roll]            somebody named in a copy, and their role; `3-2` has the same name as `3`
    plan[/<part>]                     the plan as a whole, or a line at its head
    fält/<field>[/<entry>]            a field; where several write, the writer's entry; in a copy its number
    omdöme/<row>[/<part>]             an omdöme by subject, in a copy by number
    mål/<goal>[/<part>[/<which>]]     a goal, a part of it or a move, and which one of several
    nytt_mål[/ämne]                   a goal that is still to be proposed
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

LEVEL = "nivå"
COMMENT = "kommentar"
COURSE = "förlopp"
SUBJECT = "ämne"
WRITER = "av"
ROLE = "roll"
OUTCOME = "så_gick_det"
_OF_ROW = frozenset({LEVEL, COMMENT, SUBJECT, WRITER})


class MoveName(StrEnum):
    """What a goal's move is called where it is written. Two of them lead to the same step, by different people."""

    ONGOING = "pågående"
    DONE = "klart"
    UNDONE = "ångra"
    MET = "uppfyllt"
    BACK = "tillbaka"


class Once(StrEnum):
    """A place that a document has once."""

    NAME = "namn"
    GROUP = "klass"
    SCHOOL = "skola"
    READING = "läst"


@dataclass(frozen=True, slots=True)
class ContactKey:
    """How a guardian is reached."""

    person: str

    def __str__(self) -> str:
        """Return the key as it is written."""
        return f"kontakt/{self.person}"


@dataclass(frozen=True, slots=True)
class PersonKey:
    """Somebody named in a copy, by number; `part` is empty or `ROLE`."""

    number: str
    part: str = ""

    def __str__(self) -> str:
        """Return the key as it is written."""
        return _joined("person", self.number, self.part)


@dataclass(frozen=True, slots=True)
class PlanKey:
    """The plan as a whole, or a line at its head."""

    part: str = ""

    def __str__(self) -> str:
        """Return the key as it is written."""
        return _joined("plan", self.part)


@dataclass(frozen=True, slots=True)
class FieldKey:
    """A field of the plan; `entry` where several write in it."""

    field: str
    entry: str = ""

    def __str__(self) -> str:
        """Return the key as it is written."""
        return _joined("fält", self.field, self.entry)


@dataclass(frozen=True, slots=True)
class AssessmentKey:
    """An omdöme by its subject (which may have a stroke in it) or its number, and the part of it that is meant."""

    row: str
    part: str = ""

    def __str__(self) -> str:
        """Return the key as it is written."""
        return _joined("omdöme", self.row, self.part)


@dataclass(frozen=True, slots=True)
class GoalKey:
    """A goal by its id, the part or the move that is meant, and which where there are several."""

    goal: str
    part: str = ""
    which: str = ""

    def __str__(self) -> str:
        """Return the key as it is written."""
        return _joined("mål", self.goal, self.part, self.which)


@dataclass(frozen=True, slots=True)
class NewGoalKey:
    """A goal that is still to be proposed; `part` is empty or `SUBJECT`."""

    part: str = ""

    def __str__(self) -> str:
        """Return the key as it is written."""
        return _joined("nytt_mål", self.part)


PlaceKey = Once | ContactKey | PersonKey | PlanKey | FieldKey | AssessmentKey | GoalKey | NewGoalKey

# Whose file it is stands at the head of the goals, beside the goals themselves.
GOALS_LABEL = GoalKey("barn")

_ONCE = frozenset(one.value for one in Once)


class _Made(NamedTuple):
    """What a key of one beginning is made by, of at least and at most so many parts."""

    key: Callable[..., PlaceKey]
    least: int
    most: int


_MADE = {
    "kontakt": _Made(ContactKey, 1, 1),
    "person": _Made(PersonKey, 1, 2),
    "plan": _Made(PlanKey, 0, 1),
    "fält": _Made(FieldKey, 1, 2),
    "mål": _Made(GoalKey, 1, 3),
    "nytt_mål": _Made(NewGoalKey, 0, 1),
}


def parse(text: str) -> PlaceKey | None:
    """Return what a key says; None for a text that is no place's."""
    head, slash, rest = text.partition("/")
    if not slash and head in _ONCE:
        return Once(head)
    if head == "omdöme":
        row, _, part = rest.rpartition("/")
        found = AssessmentKey(row, part) if row and part in _OF_ROW else AssessmentKey(rest)
        return found if found.row else None
    parts = rest.split("/") if slash else []
    made = _MADE.get(head)
    if made is None or not all(parts) or not made.least <= len(parts) <= made.most:
        return None
    return made.key(*parts)


def is_of_goals(text: str) -> bool:
    """Say whether a place lies among the goals rather than in the plan."""
    return isinstance(parse(text), GoalKey | NewGoalKey)


def names_somebody(text: str) -> bool:
    """Say whether what stands in a place is a name, of a person, a class or a school."""
    key = parse(text)
    return (isinstance(key, Once) and key is not Once.READING) or (isinstance(key, PersonKey) and key.part != ROLE)


def goal_part(text: str) -> str:
    """Return the name of the part or move of a goal that a key names; empty for any other key."""
    key = parse(text)
    return key.part if isinstance(key, GoalKey) else ""


def _joined(*parts: str) -> str:
    return "/".join(part for part in parts if part)
