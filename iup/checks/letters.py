"""Is there a character in what somebody wrote that no font of the program's draws?

The PDF has its code in brackets then. That is no fault: nothing is lost, and a word in another script may be right.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iup.checks.case import written
from iup.problems import Rule, Severity
from iup.site.paths import person_file, pupil_file
from iup.text.broken import PRIVATE
from iup.text.invisible import code
from iup.text.letters import undrawable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iup.checks.case import CheckContext
    from iup.model.people import Name
    from iup.problems import Finding

RULES = (
    NO_PICTURE := Rule(
        "tecken-utan-bild",
        Severity.WARNING,
        "texten har ett tecken som inte kan visas i PDF:en",
        "Programmet har egna teckensnitt, så att en PDF ser likadan ut överallt. De har alla bokstäver i Europas namn, "
        "grekiska, kyrilliska, arabiska med persiska och sorani, hebreiska, armeniska, georgiska, etiopiska, thai, "
        "devanagari, matematiska tecken och emoji. Kinesiska, japanska, koreanska och ovanligare skrifter finns inte. "
        "Ett sådant tecken står i PDF:en som sin kod, till exempel [U+4E2D]. På sidan i webbläsaren visas det som "
        "vanligt, om datorn kan. Tecken ur ett annat programs egen uppsättning, till exempel punkter från Word, är "
        "oftast menade som något annat.",
        "skriv ordet med andra bokstäver, om det ska kunna läsas på papper",
    ),
)
# Word's bullet is drawn as one; what other programs have for themselves is told as broken (`trasiga-tecken`).
_TOLD = re.compile(f"^[ \\t]*\uf0b7|[{PRIVATE}]", re.MULTILINE)


def pupil(case: CheckContext, name: str) -> Iterator[Finding]:
    """Check a pupil's name and every free text about the pupil."""
    if name not in case.school.pupils:
        return
    yield from _in_name(pupil_file(name), case.school.pupils[name].name)
    for path, keys, text in written(case.school, name):
        if undrawable(text):
            yield from _in_text(path, keys, _TOLD.sub("", text))


def person(case: CheckContext, name: str) -> Iterator[Finding]:
    """Check a person's name."""
    if name in case.school.people:
        yield from _in_name(person_file(name), case.school.people[name].name)


def _in_name(path: str, name: Name) -> Iterator[Finding]:
    yield from _in_text(path, ("namn", "förnamn"), name.given)
    yield from _in_text(path, ("namn", "efternamn"), name.family)


def _in_text(path: str, keys: tuple[str | int, ...], text: str) -> Iterator[Finding]:
    lacking = undrawable(text)
    if lacking:
        first = lacking[0]
        shown = f"”{first}” ({code(first)})" if first.isprintable() else code(first)
        more = f" och {len(lacking) - 1} andra tecken i samma text" if len(lacking) > 1 else ""
        yield NO_PICTURE.on_line(
            path, *keys, mark=first, message=f"tecknet {shown} på rad {{rad}}{more} kan inte visas i PDF:en"
        )
