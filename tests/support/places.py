"""A small school as a map from places to values, and commits of it: what histories are made of and judged by.

A place is a tuple that begins with its kind; a value is a tuple of texts. What is not there is not in the map. A place
of a plan names the term, so that the next term's plan has places of its own. Nothing here asks `iup`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Place = tuple[str, ...]
Value = tuple[str, ...]
State = dict[Place, Value]

MENTOR, ART, PRINCIPAL, OFFICE = "t3m8k", "j2y8c", "r4x8w", "o7k3m"
OTHER_MENTOR, OTHER_ART, OTHER_PRINCIPAL = "k3v9r", "g4s7e", "h6d2q"
STAFF = (MENTOR, ART, PRINCIPAL, OFFICE, OTHER_MENTOR, OTHER_ART, OTHER_PRINCIPAL)
NEAR, DRAFTED, FAR = "a6n4x", "c8f3t", "w2g9n"
PUPILS = (NEAR, DRAFTED, FAR)
GUARDIANS = {NEAR: "e5h7w", DRAFTED: "i7x5g", FAR: "s7d5j"}
SCHOOL_OF = {NEAR: "alfa", DRAFTED: "alfa", FAR: "beta"}
TERMS = ("VT 2026", "HT 2026", "VT 2027", "HT 2027")
LEVELS = ("lite", "lagom", "mycket")
FIELDS = ("trivsel", "överenskommelser")

ACCESS, FORM = "policies/access.yaml", "policies/forms/iup.yaml"
ALFA, BETA = "content/schools/alfa.yaml", "content/schools/beta.yaml"
ROSTER, MUNICIPALITY, README = "content/roster.yaml", "content/municipality.yaml", "README.md"
PERSON = f"content/people/{ART}.yaml"
PUPIL_FILES = tuple(f"content/pupils/{pupil}/pupil.yaml" for pupil in PUPILS)
FILES = (ACCESS, FORM, ALFA, BETA, ROSTER, MUNICIPALITY, README, PERSON, *PUPIL_FILES)
# Who lets changes of these into main must be somebody who may write them.
SENSITIVE = ("policies/", "content/schools/", "content/people/", "content/keys/", MUNICIPALITY, ROSTER)


def file(path: str) -> Place:
    return ("fil", path)


def term_of(state: State, pupil: str) -> str:
    return state[("termin", pupil)][0]


def in_plan(place: Place, pupil: str = "", term: str = "") -> bool:
    """Say whether a place lies in a plan, of one pupil and one term where they are named."""
    return place[0] in ("läge", "samtal", "fält", "omdöme") and pupil in ("", place[1]) and term in ("", place[2])


def goal_of(place: Place) -> tuple[str, str] | None:
    """Return the pupil and the goal that a place belongs to."""
    return (place[1], place[2]) if place[0] in ("mål", "kommentar") else None


def goal_begins(pupil: str, goal: str) -> Place:
    return ("mål", pupil, goal, "början")


def whole_goal(state: State, pupil: str, goal: str) -> State:
    return {place: value for place, value in state.items() if goal_of(place) == (pupil, goal)}


def first_state(near: str = "delad", drafted: str = "utkast") -> State:
    """Return the school as every history begins."""
    state: State = {file(path): ("",) for path in FILES}
    state[file(ACCESS)] = ("öppen", "")
    state[file(ALFA)] = (MENTOR, ART, "")
    for pupil, step, mentor, art in (
        (NEAR, near, MENTOR, ART),
        (DRAFTED, drafted, MENTOR, ART),
        (FAR, "delad", OTHER_PRINCIPAL, OTHER_PRINCIPAL),
    ):
        term = TERMS[1]
        state[("termin", pupil)] = (term,)
        state[("läge", pupil, term)] = (step,)
        state[("samtal", pupil, term)] = ("2026-11-16",)
        for name in FIELDS:
            state[("fält", pupil, term, name)] = (f"Först {name}.", mentor)
        state[("omdöme", pupil, term, "Bild")] = (LEVELS[0], "Först bild.", art)
        state[("omdöme", pupil, term, "Svenska")] = (LEVELS[0], "Först svenska.", mentor)
        steps = {"m1": ("nytt", "pågående", "klart"), "m2": ("nytt",), "m3": ("nytt",)}
        for goal, course in steps.items():
            state[goal_begins(pupil, goal)] = (mentor, "Svenska" if goal == "m2" else "Bild")
            state[("mål", pupil, goal, "text")] = (f"Först {goal}.",)
            state[("mål", pupil, goal, "läge")] = ("delad" if goal == "m1" else "utkast",)
            state[("mål", pupil, goal, "förlopp")] = tuple(f"{s}:{mentor if s != 'klart' else pupil}" for s in course)
        state[("kommentar", pupil, "m1", "c1")] = ("Först kommentar.", mentor)
    return state


def tidied(state: State) -> State:
    """Return a state without what belongs to a goal that is gone, or to another term's plan; whole goals only."""
    whole = {
        (place[1], place[2])
        for place in state
        if place[0] == "mål"
        and place[3] == "början"
        and all(("mål", place[1], place[2], part) in state for part in ("text", "läge", "förlopp"))
    }
    return {
        place: value
        for place, value in state.items()
        if (goal_of(place) is None or goal_of(place) in whole)
        and (not in_plan(place) or place[2] == term_of(state, place[1]))
    }


@dataclass(eq=False)
class Commit:
    """A commit: its state, and who wrote it. `how` says how it was made."""

    parents: tuple[Commit, ...]
    state: State
    author: str
    how: str
    past: frozenset[Commit] = field(init=False, repr=False)
    number: int = field(init=False, repr=False, default_factory=count().__next__)
    oid: str = ""

    def __post_init__(self) -> None:
        self.past = frozenset(self.parents).union(*(parent.past for parent in self.parents))

    @property
    def line(self) -> frozenset[Commit]:
        """The commit and all before it."""
        return self.past | {self}


def differing(one: State, other: State) -> set[Place]:
    return {place for place, _ in one.items() ^ other.items()}


def merge_bases(one: Commit, other: Commit) -> list[Commit]:
    """Return the best common ancestors of two commits, the oldest first."""
    common = one.line & other.line
    below = frozenset[Commit]().union(*(commit.past for commit in common))
    return in_order(common - below)


def in_order(commits: Iterable[Commit]) -> list[Commit]:
    return sorted(commits, key=attrgetter("number"))


def three_way(base: State, one: State, other: State) -> tuple[State, set[Place]]:
    """Merge two states place by place; what both changed otherwise is left as the first has it, and returned."""
    merged, conflicts = dict(one), set()
    for place in differing(one, other):
        ours, theirs, before = one.get(place), other.get(place), base.get(place)
        if ours == before:
            put(merged, place, theirs)
        elif theirs != before:
            conflicts.add(place)
    # A goal that one side took away and the other altered is one conflict.
    split = {goal_of(place) for place in conflicts} - {None}
    split = {goal for goal in split if goal and (goal_begins(*goal) in one) is not (goal_begins(*goal) in other)}
    conflicts |= {place for place in differing(one, other) if goal_of(place) in split}
    whole = tidied(merged)
    conflicts |= {place for place in merged.keys() - whole.keys() if not _went(base, one, other, place)}
    return whole, conflicts


def _went(base: State, one: State, other: State, place: Place) -> bool:
    """Say whether what is tidied away is a plan that neither side touched but by replacing it."""
    return in_plan(place) and all(side.get(place, base.get(place)) == base.get(place) for side in (one, other))


def put(state: State, place: Place, value: Value | None) -> None:
    if value is None:
        state.pop(place, None)
    else:
        state[place] = value


def names(commits: Iterable[Commit]) -> str:
    """Return how some commits were made, for a message."""
    return ", ".join(f"{commit.how} by {commit.author}" for commit in in_order(commits))
