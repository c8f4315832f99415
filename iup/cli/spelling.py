"""Understand a class or a term as people write it.

In: what somebody typed after `--class` or `--term`. Out: the class's id, or the term as the files have it. What fits
nothing, or more than one class, is refused with those that there are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iup.errors import UsageError

if TYPE_CHECKING:
    from datetime import date

    from iup.model.school import School

_MOST = 12  # classes that are named: those of the same grade first
_WORDS = dict.fromkeys(("ht", "höst", "hösten", "höstterminen"), "HT") | dict.fromkeys(
    ("vt", "vår", "våren", "vårterminen"), "VT"
)
_TERM = re.compile(
    r"(?P<word>[a-zåäö]+)[\W_]*(?P<year>\d\d|20\d\d)|(?P<first>20\d\d)[\W_]*(?P<after>[a-zåäö]+)", re.ASCII
)


def term_of(typed: str) -> str:
    """Return a term as the files have it (`HT 2026`); raise `UsageError` for what is none."""
    found = _TERM.fullmatch(typed.strip().casefold())
    word = _WORDS.get((found["word"] or found["after"]) if found else "")
    if found is None or word is None:
        raise UsageError("det är ingen termin", "skriv den som ”HT 2026” eller ”VT 2027”")
    year = found["year"] or found["first"]
    return f"{word} {year if len(year) > len('26') else '20' + year}"


def class_of(school: School, day: date, typed: str) -> str:
    """Return the id of the class with pupils on a day that is meant by its id or its name.

    Raises `UsageError` where there is none, and where several schools have one of that name.
    """
    every = [
        (unit, group)
        for unit in school.units.values()
        for group in unit.classes
        if any(place.covers(day) for place in group.pupils)
    ]
    if typed in {group.id for _, group in every}:
        return typed
    found = [(unit, group) for unit, group in every if _plain(typed) in (_plain(group.id), _plain(group.name))]
    if len(found) == 1:
        return found[0][1].id
    nearest = sorted(every, key=lambda pair: _plain(pair[1].name)[:1] != _plain(typed)[:1])
    told = ", ".join(f"{group.id} ({group.name}, {unit.name})" for unit, group in (found or nearest)[:_MOST])
    why = "flera klasser heter så" if found else "det finns ingen sådan klass med elever i dag"
    raise UsageError(why, f"skriv en av: {told}")


def _plain(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
