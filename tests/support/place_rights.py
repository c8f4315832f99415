"""Who may write which place of the small school: policies/access.yaml, the form and the law of states, by hand.

In: main's state before a push (its rules and relations count), who writes, and a place before and after in a single
change. A second and independent account of the rights: nothing here asks `iup`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.places import (
    ACCESS,
    ALFA,
    BETA,
    FAR,
    OFFICE,
    OTHER_PRINCIPAL,
    PRINCIPAL,
    ROSTER,
    SENSITIVE,
    TERMS,
    file,
    goal_begins,
    goal_of,
    in_plan,
    term_of,
    whole_goal,
)

if TYPE_CHECKING:
    from tests.support.places import Place, State, Value

_ALTERABLE = ("utkast", "delad")
_STATES = ("utkast", "delad", "fastställd")
_TEACHERS_STEPS = {"nytt": ("pågående",), "klart": ("uppfyllt", "pågående")}


class Rights:
    """The rights of everybody under the rules and relations of one state of main."""

    def __init__(self, main: State) -> None:
        self._stopped = main[file(ACCESS)][0] == "stoppad"
        self._mentor, self._art, _ = main[file(ALFA)]

    def mentors(self, who: str, pupil: str) -> bool:
        return who == (OTHER_PRINCIPAL if pupil == FAR else self._mentor)

    def teaches(self, who: str, pupil: str, subject: str = "") -> bool:
        art = OTHER_PRINCIPAL if pupil == FAR else self._art
        found = {"Svenska": self.mentors(who, pupil), "Bild": who == art}
        return found.get(subject, False) if subject else any(found.values())

    def may_file(self, who: str, path: str) -> bool:
        """Say whether somebody may write a file that is no plan or goals; nobody here removes one."""
        if who == OFFICE:
            return True
        if path.startswith(("content/people/", "policies/forms/")) or path == ROSTER:
            return who in (PRINCIPAL, OTHER_PRINCIPAL)
        if path in (ALFA, BETA) or path.endswith("/pupil.yaml"):
            near = path != BETA and f"/{FAR}/" not in path
            return who == (PRINCIPAL if near else OTHER_PRINCIPAL)
        return False

    def may(self, who: str, before: State, after: State, place: Place, *, anyone_s: bool = False) -> bool:
        """Say whether somebody may make what differs in a place between two states.

        With `anyone_s` the words may bear somebody else's name: they were written where they come from.
        """
        old, new = before.get(place), after.get(place)
        if place[0] == "fil":
            return new is not None and self.may_file(who, place[1])
        if place[0] == "termin" or in_plan(place):
            return self._plan(who, before, after, place, anyone_s=anyone_s)
        goal = goal_of(place)
        assert goal is not None
        begins = goal_begins(*goal)
        if begins in before and begins not in after:
            own = place[0] == "kommentar" and old is not None and old[1] == who
            return self._removes(who, before, *goal) or (own and self.teaches(who, goal[0]))
        if place[0] == "kommentar":
            return self._comment(who, (before, after), place, (old, new), anyone_s=anyone_s)
        if begins not in before:
            return self._proposes(who, after, *goal, anyone_s=anyone_s)
        return new is not None and self._goal(who, before, place, (old, new), anyone_s=anyone_s)

    def _plan(self, who: str, before: State, after: State, place: Place, *, anyone_s: bool) -> bool:
        pupil = place[1]
        mentor, then = self.mentors(who, pupil), term_of(after, pupil)
        old, new = before.get(place), after.get(place)
        stands = before[("läge", pupil, term_of(before, pupil))][0]
        if term_of(before, pupil) != then:
            stands = after[("läge", pupil, then)][0]
            if place[0] == "termin" or (in_plan(place) and place[2] != then) or place[0] == "läge":
                return mentor and stands in _ALTERABLE and is_later(then, term_of(before, pupil))
        if stands not in _ALTERABLE:
            return False
        named = place[0] not in ("fält", "omdöme") or new is None or anyone_s or new[-1] == who
        match place[0]:
            case "läge":
                return mentor and old is not None and new is not None and _forward(old[0], new[0])
            case "samtal":
                return mentor
            case "fält":
                return mentor and not self._stopped and named
            case _:
                return self.teaches(who, pupil, place[3]) and named

    def _removes(self, who: str, before: State, pupil: str, goal: str) -> bool:
        _, subject = before[goal_begins(pupil, goal)]
        draft = before[("mål", pupil, goal, "läge")][0] == "utkast"
        return draft and (self.mentors(who, pupil) or self.teaches(who, pupil, subject))

    def _proposes(self, who: str, after: State, pupil: str, goal: str, *, anyone_s: bool) -> bool:
        """Say whether somebody may propose a goal as it stands: new, in their own name, with the steps it has taken."""
        made = whole_goal(after, pupil, goal)
        by = made[goal_begins(pupil, goal)][0]
        state, course = made[("mål", pupil, goal, "läge")][0], made[("mål", pupil, goal, "förlopp")]
        may = self.mentors(who, pupil) or self.teaches(who, pupil)
        return (
            may
            and (by == who or anyone_s)
            and course[0] == f"nytt:{by}"
            and state in _ALTERABLE
            and self._steps(who, pupil, state, (course[:1], course), anyone_s=anyone_s)
        )

    def _goal(
        self, who: str, before: State, place: Place, values: tuple[Value | None, Value | None], *, anyone_s: bool
    ) -> bool:
        _, pupil, goal, part = place
        old, new = values
        if old is None or new is None or part == "början":
            return False
        subject = before[goal_begins(pupil, goal)][1]
        state = before[("mål", pupil, goal, "läge")][0]
        formulates = self.mentors(who, pupil) or self.teaches(who, pupil, subject)
        match part:
            case "text":
                return formulates and state in _ALTERABLE
            case "läge":
                return formulates and state in _ALTERABLE and _forward(old[0], new[0])
            case _:
                return self._steps(who, pupil, state, (old, new), anyone_s=anyone_s)

    def _steps(self, who: str, pupil: str, state: str, values: tuple[Value, Value], *, anyone_s: bool) -> bool:
        old, new = values
        if new[: len(old)] != old or not (self.mentors(who, pupil) or self.teaches(who, pupil)):
            return False
        for before, after in zip(new[len(old) - 1 :], new[len(old) :], strict=False):
            (came, _), (goes, by) = before.split(":"), after.split(":")
            fits = goes in _TEACHERS_STEPS.get(came, ())
            if not fits or not (by == who or anyone_s) or state not in (_ALTERABLE if came == "nytt" else ("delad",)):
                return False
        return True

    def _comment(
        self,
        who: str,
        states: tuple[State, State],
        place: Place,
        values: tuple[Value | None, Value | None],
        *,
        anyone_s: bool,
    ) -> bool:
        """Say whether somebody may comment: in their own name, and only their own is altered or taken back."""
        before, after = states
        old, new = values
        _, pupil, goal, _ = place
        begins = goal_begins(pupil, goal)
        sees = self.mentors(who, pupil) or self.teaches(who, pupil)
        if begins not in before and begins in after and not self._proposes(who, after, pupil, goal, anyone_s=anyone_s):
            return False
        if old is not None and old[1] != who:
            return False
        return sees and (new is None or new[1] == who or anyone_s)


def is_sensitive(path: str) -> bool:
    return path.startswith(SENSITIVE)


def is_later(term: str, than: str) -> bool:
    return TERMS.index(term) > TERMS.index(than)


def _forward(old: str, new: str) -> bool:
    return _STATES.index(new) > _STATES.index(old)
