"""Swedish words for what the program knows by other names: roles, days, moments; and the catalogue of labels.

The texts in the templates are Swedish. They are the keys of the gettext catalogues in `iup/documents/locale/`, so that
somebody can have the labels in easy Swedish, and later in another language.
"""

from __future__ import annotations

import gettext
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from babel.dates import format_date
from babel.messages import mofile, pofile

from iup.model.people import Labels
from iup.model.plan import Step
from iup.model.role import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iup.view.overview_types import Span
    from iup.view.types import Author

_CATALOGUES = {Labels.EASY: Path(__file__).parent / "locale" / "lattlast.po"}

# As "Läses av: …" names a circle of people.
_CIRCLE = {
    Role.PUPIL: "eleven",
    Role.GUARDIAN: "vårdnadshavarna",
    Role.MENTOR: "mentorn",
    Role.TEACHER: "undervisande lärare",
    Role.SUBJECT_TEACHER: "läraren i ämnet",
    Role.PRINCIPAL: "rektorn",
    Role.AUTHOR: "den som har skrivit",
    Role.BOARD: "nämndens läsare",
}


def catalogue(labels: Labels) -> gettext.NullTranslations:
    """Return the labels in other words than those that the templates are written in."""
    path = _CATALOGUES.get(labels)
    if path is None:
        return gettext.NullTranslations()
    with path.open("rb") as stream:
        entries = pofile.read_po(stream, locale="sv")
    compiled = BytesIO()
    mofile.write_mo(compiled, entries)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def roles(names: Iterable[str]) -> str:
    """Join a group of roles into a phrase: `eleven, vårdnadshavarna och mentorn`."""
    words = [_CIRCLE.get(Role(name), name) for name in names]
    return " och ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def step_mark(step: str) -> str:
    """Return the mark that stands beside a goal's state, filled in step by step."""
    return {Step.NEW: "○", Step.ONGOING: "◉", Step.DONE: "✓", Step.MET: "●"}[Step(step)]


def listed(things: Iterable[object]) -> str:
    """Join things into a phrase: `2, 5 och 8`."""
    words = [str(thing) for thing in things]
    return " och ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def span(number: Span) -> str:
    """Write a number as exactly as it may be shown: `12`, `färre än 5`, `8–11`."""
    if number.hidden:
        return "visas inte"
    if number.least == number.most:
        return str(number.least)
    return "färre än 5" if (number.least, number.most) == (1, 4) else f"{number.least}–{number.most}"


def author(who: Author) -> str:
    """Name an author with what they are to the pupil."""
    return f"{who.name} ({who.role})"


def day(iso: str) -> str:
    """Write a day out: `24 november 2026`."""
    return format_date(date.fromisoformat(iso), "d MMMM y", locale="sv")


def short_day(iso: str) -> str:
    """Write a day as it fits in a drawing: `9 nov.`."""
    return format_date(date.fromisoformat(iso), "d MMM", locale="sv")


def moment(iso: str) -> str:
    """Write a day and time out: `torsdag 3 december 2026 kl. 15.30`."""
    when = datetime.fromisoformat(iso)
    return f"{format_date(when, 'EEEE d MMMM y', locale='sv')} kl. {when:%H.%M}"


def waited(since: datetime, until: datetime) -> str:
    """Say how long something has waited, in everyday words: `1 dygn och 4 timmar`."""
    hours = max(0, int((until - since).total_seconds())) // 3600
    days = hours // 24
    told = [f"{days} dygn"] if days else []
    if hours % 24:
        told.append(f"{hours % 24} {'timme' if hours % 24 == 1 else 'timmar'}")
    return listed(told) or "mindre än en timme"
