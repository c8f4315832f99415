"""What somebody probably meant by a value that is not taken: the word in its right spelling, the day as it is written.

In: the value as it stands, and what may stand there. Out: what to type, or nothing. Only words of the program and days
are told, never what was typed: that may be a sentence about a child.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTHS = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_SPLIT = r"[-./ \u00a0\u2010-\u2015\u2212]{1,2}"
_NAMED = re.compile(
    rf"(?:[a-zåäö]{{2,3}}dag(?:en)?\s+)?(?:den\s+)?([0-9]{{1,2}})(?::?e)?\s*({'|'.join(_MONTHS)})[a-z]*\.?\s*([0-9]{{2,4}})?"
)
_YEAR_FIRST = re.compile(
    rf"([0-9]{{4}}){_SPLIT}([0-9]{{1,2}}){_SPLIT}([0-9]{{1,2}})|([0-9]{{4}})([0-9]{{2}})([0-9]{{2}})"
)
_DAY_FIRST = re.compile(rf"([0-9]{{1,2}}){_SPLIT}([0-9]{{1,2}})(?:{_SPLIT}([0-9]{{2,4}}))?")
_TIME = re.compile(r"(?:\s*,?\s*(?:kl(?:ockan)?\.?\s*)?|[Tt])([0-9]{1,2})[:.]([0-9]{2})(?::[0-9]{2})?$")
_TERM = re.compile(r"\s*(ht|vt|höst|vår|hösttermin(?:en)?|vårtermin(?:en)?)[\W_]*((?:20)?[0-9]{2})\s*")
_SCHOOL_YEAR = re.compile(r"\s*((?:20)?[0-9]{2})[\W_]*((?:20)?[0-9]{2})\s*")
_CENTURY = 2000


def choice(value: object, known: Iterable[str], *, cutoff: float = 0.7, begun: bool = True) -> str:
    """Return the one of some words that a value is a spelling of; with `begun`, also one that it begins with."""
    typed = _plain(str(value))
    folded = {_plain(word): word for word in known}
    if typed in folded:
        return folded[typed]
    found = [
        word for plain, word in folded.items() if begun and len(typed) > 1 and typed.startswith((plain, plain[:3]))
    ]
    close = found or [folded[plain] for plain in difflib.get_close_matches(typed, list(folded), n=1, cutoff=cutoff)]
    return max(close, key=len) if close else ""


def _plain(text: str) -> str:
    """Return the letters and digits of a text, without case and marks."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in parts if c.isalnum())


def day(value: object, around: Iterable[date]) -> str:
    """Return a day as it is written in a file; without a year, the one nearest the last of some days."""
    typed = " ".join(str(value).casefold().split()).strip(" .,")
    if named := _NAMED.fullmatch(typed):
        number, month, year = int(named[1]), _MONTHS.index(named[2]) + 1, named[3]
    elif first := _YEAR_FIRST.fullmatch(typed):
        year, month, number = (int(part) for part in first.groups() if part)
    elif last := _DAY_FIRST.fullmatch(typed):
        number, month, year = int(last[1]), int(last[2]), last[3]
    else:
        return ""
    years = [_full(int(year))] if year else _years(around)
    found = [one for year in years if (one := _date(year, month, number))]
    if not found:
        return ""
    latest = max(around, default=found[0])
    return min(found, key=lambda one: abs(one - latest)).isoformat()


def term(value: object, key: str) -> str:
    """Return a term or a school year as it is written in a file."""
    typed = str(value).casefold()
    if key == "termin" and (found := _TERM.fullmatch(typed)):
        return f"{found[1][0].upper()}T {_full(int(found[2]))}"
    if key == "läsår" and (found := _SCHOOL_YEAR.fullmatch(typed)):
        first, second = (_full(int(part)) for part in found.groups())
        return f"{first}/{second}" if second == first + 1 else ""
    return ""


def moment(value: object, around: Iterable[date]) -> str:
    """Return a day and time as they are written in a file."""
    typed = " ".join(str(value).split())
    time = _TIME.search(typed)
    on = day(typed[: time.start()], around) if time else ""
    return f"{on} {int(time[1]):02}:{time[2]}" if time and on else ""


def days(values: Any) -> Iterator[date]:  # noqa: ANN401  YAML is any shape
    """Yield every day that stands among the values of a file."""
    if isinstance(values, dict | list):
        for inner in values.values() if isinstance(values, dict) else values:
            yield from days(inner)
    elif isinstance(values, str) and _ISO.fullmatch(values):
        year, month, number = map(int, values.split("-"))
        if found := _date(year, month, number):
            yield found


def _full(year: int) -> int:
    return year if year >= 100 else _CENTURY + year  # noqa: PLR2004  two digits


def _years(around: Iterable[date]) -> list[int]:
    latest = max(around, default=None)
    return [] if latest is None else [latest.year - 1, latest.year, latest.year + 1]


def _date(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None
