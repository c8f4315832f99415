"""The goals of an invented pupil over several terms: each is begun in one term and continues in the next.

In: a child, and the terms in which they have had a place in a class. Out: goals as `goals.yaml` has them, whole or as
they stood on a day. A goal is gone in the term after the one in which it was met.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from iup.demo.pool import SchoolTerm, draws, pool
from iup.demo.texts import TextWriter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iup.demo.people import Child, Placement

Places = tuple[tuple[SchoolTerm, "Placement"], ...]
"""The terms that a child has had a place in, the oldest first, with that place."""


def places(seat: Placement, year: int, terms: Iterable[SchoolTerm]) -> Places:
    """Return a child's classes in some terms, from the one they had in a school year: a class goes up together."""
    found = []
    for term in terms:
        grade = seat.grade - (year - term.school_year)
        if grade >= 1 and term.school_year <= year:
            found.append((term, replace(seat, grade=grade, name=f"{grade}{seat.name[1:]}")))
    return tuple(found)


def goals(seed: int, child: Child, had: Places) -> tuple[dict[str, Any], ...]:
    """Return the goals of some terms, each with its whole course."""
    if not had:
        return ()
    subjects = {"", *had[-1][1].teachers}
    fitting = [goal for goal in pool()["tidigare_mål"] if goal["ämne"] in subjects]
    draws(seed, child.id, "tidigare mål").shuffle(fitting)
    many = min(len(fitting), len(had) + len(had) // 2)
    found = []
    for number, goal in enumerate(fitting[:many]):
        term, seat = had[number * len(had) // many]
        found.append(_goal(TextWriter(seed, child, seat, term), f"t{number + 1}", goal))
    return tuple(found)


def standing(all_of_them: Iterable[dict[str, Any]], term: SchoolTerm, day: date) -> list[dict[str, Any]]:
    """Return goals as they stood on a day of a term."""
    found = []
    for goal in all_of_them:
        course = [move for move in goal["förlopp"] if move["datum"] <= str(day)]
        comments = [comment for comment in goal["kommentarer"] if comment["datum"] <= str(day)]
        met = bool(course) and course[-1]["steg"] == "uppfyllt"
        if not course or (met and course[-1]["datum"] < str(term.begins)):
            continue
        kept = {**goal, "förlopp": course, "kommentarer": comments}
        if not met:
            del kept["så_gick_det"]
        if not comments:
            del kept["kommentarer"]
        found.append(kept)
    return found


def _goal(writer: TextWriter, name: str, known: dict[str, str]) -> dict[str, Any]:
    child, seat, term = writer.child, writer.seat, writer.term
    draw = draws(writer.seed, child.id, "tidigare mål", name)
    mentor = seat.mentor.id
    proposer = draw.choice((mentor, child.id, child.guardians[0].id))
    begun = term.begins + timedelta(days=14 + draw.randrange(20))
    ongoing = begun + timedelta(days=draw.randint(5, 70))
    done = _in_term(ongoing + timedelta(days=draw.randint(20, 140)))
    met = _in_term(done + timedelta(days=draw.randint(5, 25)))
    goal: dict[str, Any] = {"id": name, "läge": "delad"}
    if known["ämne"]:
        goal["ämne"] = known["ämne"]
    goal["mål"] = f"{known['mål']}\n"
    goal["så_gör_vi"] = {who: writer.named(known[who]) for who in ("skolan", "eleven", "hemmet")}
    goal["så_gick_det"] = f"{draw.choice(pool()['så_gick_det'])}\n"
    return goal | {
        "föreslaget_av": proposer,
        "förlopp": [
            {"steg": "nytt", "datum": str(begun), "av": proposer},
            {"steg": "pågående", "datum": str(ongoing), "av": mentor},
            {"steg": "klart", "datum": str(done), **_by_pupil(child, done)},
            {"steg": "uppfyllt", "datum": str(met), "av": mentor},
        ],
        "kommentarer": [_comment(writer, name, ongoing + timedelta(days=draw.randint(3, 30)))],
    }


def _comment(writer: TextWriter, name: str, day: date) -> dict[str, str]:
    draw = draws(writer.seed, writer.child.id, "tidigare kommentar", name)
    whose, author = draw.choice(
        (
            ("lärarens_kommentar", writer.seat.mentor.id),
            ("elevens_kommentar", writer.child.id),
            ("hemmets_kommentar", writer.child.guardians[-1].id),
        )
    )
    text = f"{draw.choice(pool()[whose])}\n"
    return {"id": "c1", "läge": "delad", "av": author, "datum": str(_in_term(day)), "text": text}


def _by_pupil(child: Child, day: date) -> dict[str, str]:
    """Return who says that something is done: a guardian, as long as the child cannot write."""
    return {"av": child.id} if child.writes_from <= day else {"av": child.guardians[0].id, "åt": child.id}


def _in_term(day: date) -> date:
    """Return a day that is not in the summer."""
    summer = date(day.year, 6, 12) < day < date(day.year, 8, 20)
    return day + timedelta(days=70) if summer else day
