"""Random single changes of the small school, by those who may and by those who may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.place_rights import Rights
from tests.support.places import (
    ACCESS,
    ALFA,
    ART,
    FIELDS,
    FILES,
    LEVELS,
    MENTOR,
    OFFICE,
    OTHER_ART,
    OTHER_MENTOR,
    PRINCIPAL,
    PUPILS,
    TERMS,
    differing,
    file,
    goal_begins,
    put,
    term_of,
    tidied,
    whole_goal,
)

if TYPE_CHECKING:
    from random import Random

    from tests.support.places import Place, State, Value


class Edits:
    """Makes single changes; every text is new, so that each can be told from the others."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._count = 0
        self._touched: list[Place] = []
        # A history is about few kinds of places, so that those who work meet.
        mixed = [chance.choice([1, 1, 10]) for _ in range(6)]
        self._liking = chance.choice([mixed, mixed, mixed, [1, 0, 2, 12, 0, 0], [1, 1, 1, 0, 20, 1]])
        self._pupils = chance.choice([(20, 2, 1), (2, 20, 1)])
        self._files = chance.sample(FILES, 2)

    def change(self, who: str, state: State, main: State, *, bold: bool) -> State | None:
        """Return a state with one change; without boldness one that its maker may make under main's rules."""
        rights = Rights(main)
        for _ in range(30):
            new = dict(state)
            if self._touched and self._chance.random() < 0.5:
                self._anew(who, self._chance.choice(self._touched), new)
            else:
                self._one(who, new)
            places = differing(state, new)
            if any(place[0] in ("termin", "mål") for place in places):
                new = tidied(new)
                places = differing(state, new)
            if places and bold is not all(rights.may(who, state, new, place) for place in places):
                self._touched += sorted(places)
                return new
        return None

    def _anew(self, who: str, place: Place, state: State) -> None:
        """Change a place that has been changed before, so that those who work meet."""
        old = state.get(place)
        match place:
            case ("fil", _) if old:
                state[place] = (*old[:-1], self._text())
            case ("fält", _, _, _) | ("kommentar", _, _, _) if old:
                state[place] = (self._text(), who)
            case ("omdöme", _, _, _) if old:
                state[place] = (self._chance.choice(LEVELS), self._text(), who)
            case ("termin", pupil):
                self._term(who, pupil, term_of(state, pupil), state)
            case ("mål", pupil, goal, _) if old:
                self._one_of_goal(who, pupil, goal, state)
            case _:
                self._one(who, state)

    def _one(self, who: str, state: State) -> None:
        chance = self._chance
        if chance.random() < (0.6 if who in (PRINCIPAL, OFFICE) else 0.06):
            self._file(state)
            return
        pupil = chance.choices(PUPILS, self._pupils)[0]
        term = term_of(state, pupil)
        by = who if chance.random() < 0.95 else chance.choice([MENTOR, ART, pupil])
        match chance.choices(range(6), self._liking)[0]:
            case 0:
                place = ("fält", pupil, term, chance.choice(FIELDS))
                put(state, place, (self._text(), by))
            case 1:
                subject = "Bild" if who in (ART, OTHER_ART) or chance.random() < 0.2 else "Svenska"
                state[("omdöme", pupil, term, subject)] = (chance.choice(LEVELS), self._text(), by)
            case 2:
                state[("läge", pupil, term)] = (chance.choice(["utkast", "delad", "fastställd", "fastställd"]),)
            case 3:
                self._term(by, pupil, term, state)
            case 4:
                self._goal(by, pupil, state)
            case _:
                self._comment(by, pupil, state)

    def _text(self) -> str:
        self._count += 1
        return f"Text {self._count}."

    def _file(self, state: State) -> None:
        path = self._chance.choice([ACCESS, ALFA, *self._files, *self._files])
        *values, _ = state[file(path)]
        if path == ACCESS and self._chance.random() < 0.5:
            values = ["öppen" if values[0] == "stoppad" else "stoppad"]
        elif path == ALFA and self._chance.random() < 0.7:
            mentor, art = values
            if self._chance.random() < 0.4:
                mentor = OTHER_MENTOR if mentor == MENTOR else MENTOR
            else:
                art = OTHER_ART if art == ART else ART
            values = [mentor, art]
        state[file(path)] = (*values, self._text())

    def _term(self, by: str, pupil: str, term: str, state: State) -> None:
        """Begin another term's plan, most often the next."""
        later = self._chance.random() < 0.8
        to = TERMS[TERMS.index(term) + (1 if later else -1)] if term in TERMS[1:3] else TERMS[1]
        state[("termin", pupil)] = (to,)
        state[("läge", pupil, to)] = (self._chance.choice(["utkast", "utkast", "delad", "fastställd"]),)
        if self._chance.random() < 0.5:
            state[("fält", pupil, to, FIELDS[0])] = (self._text(), by)

    def _goal(self, by: str, pupil: str, state: State) -> None:
        goals = sorted({place[2] for place in state if place[0] == "mål" and place[1] == pupil})
        chance = self._chance
        goal = chance.choice(goals) if goals and chance.random() < 0.75 else ""
        if not goal:
            text = self._text()
            goal = f"g{self._count}"
            state[goal_begins(pupil, goal)] = (by, chance.choice(["Bild", "Svenska"]))
            state[("mål", pupil, goal, "text")] = (text,)
            state[("mål", pupil, goal, "läge")] = (chance.choice(["utkast", "delad"]),)
            state[("mål", pupil, goal, "förlopp")] = (f"nytt:{by}",)
            return
        self._one_of_goal(by, pupil, goal, state)

    def _one_of_goal(self, by: str, pupil: str, goal: str, state: State) -> None:
        chance, course = self._chance, ("mål", pupil, goal, "förlopp")
        match chance.choices(range(5), (2, 4, 2, 1, 4))[0]:
            case 0:
                state[("mål", pupil, goal, "text")] = (self._text(),)
            case 1:
                state[("mål", pupil, goal, "läge")] = (chance.choice(["utkast", "delad", "delad"]),)
            case 2:
                last = state[course][-1].split(":")[0]
                step = {"nytt": "pågående", "klart": chance.choice(["uppfyllt", "pågående"])}.get(last, "klart")
                state[course] = (*state[course], f"{step}:{by}")
            case 3:
                state[course] = state[course][:-1] or state[course]
            case _:
                for place in whole_goal(state, pupil, goal):
                    del state[place]

    def _comment(self, by: str, pupil: str, state: State) -> None:
        comments = sorted(place for place in state if place[0] == "kommentar" and place[1] == pupil)
        goals = sorted({place[2] for place in state if place[0] == "mål" and place[1] == pupil})
        if comments and self._chance.random() < 0.4:
            new: Value | None = (self._text(), by) if self._chance.random() < 0.5 else None
            put(state, self._chance.choice(comments), new)
        elif goals:
            text = self._text()
            state[("kommentar", pupil, self._chance.choice(goals), f"c{self._count}x")] = (text, by)
