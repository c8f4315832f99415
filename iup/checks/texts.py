"""Does a free text hold what must not stand in a plan: a personnummer, another pupil's name?

The names are the site's own: no list of Swedish names would know them better. A finding never says which name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iup.checks.case import CheckContext, written
from iup.problems import Rule, Severity
from iup.text.encodings import composed
from iup.text.identifiers import PERSONNUMMER
from iup.text.invisible import visible
from iup.text.names import base_forms
from iup.text.script import MARKS, is_unspaced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iup.model.school import School
    from iup.problems import Finding

RULES = (
    OTHER_PUPIL := Rule(
        "annan-elev",
        Severity.WARNING,
        "texten ser ut att nämna en annan elev vid namn",
        "I en elevs plan ska andra elevers namn inte stå. Planen är som regel offentlig och läses av andra hem. Skriv "
        "en kamrat eller gruppen i stället. Varningen bygger på förnamnen på skolan; syftar texten på någon annan med "
        "samma namn kan den stå kvar.",
        "skriv ”en kamrat”, ”gruppen” eller liknande",
    ),
    NUMBER := Rule(
        "personnummer-i-text",
        Severity.FAULT,
        "texten innehåller något som ser ut som ett personnummer",
        "Personnummer finns bara i kontorets register, aldrig i löpande text. En plan är som regel offentlig.",
        "ta bort numret",
    ),
)
_DIGITS = re.compile(r"\d{6}")  # which few texts have, and every personnummer
# A word that begins with a capital letter, or with a letter that is not in Latin-1: most scripts have no capitals.
_WORD = re.compile(rf"[A-ZÀ-ÖØ-Þ\u0100-\u1fff\u2c00-\uffff][\w{MARKS}’'-]+")


def pupil(case: CheckContext, name: str) -> Iterator[Finding]:
    """Check every free text about a pupil."""
    school = case.school
    if name not in school.pupils:
        return
    place = school.place(name, case.day)
    foreign = case.given_names(place[0]) - _own_names(school, name) if place else frozenset[str]()
    foreign = frozenset(map(composed, foreign))
    for path, keys, text in written(school, name):
        if _DIGITS.search(text) and PERSONNUMMER.search(text):
            yield NUMBER.at(path, *keys)
        if foreign and _names_one_of(composed(text), foreign):
            yield OTHER_PUPIL.at(path, *keys)


def _names_one_of(text: str, names: frozenset[str]) -> bool:
    """Say whether a text has one of some names as a word, or anywhere in a script without spaces between words."""
    if any(form in names for word in _WORD.findall(text) for form in base_forms(word)):
        return True
    return is_unspaced(text) and any(is_unspaced(name) and name in text for name in names)


def _own_names(school: School, pupil: str) -> frozenset[str]:
    """Return the given names that a text about this pupil may well hold: its own, its guardians' and its teachers'."""
    record = school.pupils[pupil]
    around = [*record.guardians_ever()]
    for _, group, _ in school.places(pupil):
        around += [post.person for post in group.mentors]
        around += [row.teacher for row in group.teaching]
    known = {school.people[person].name.given for person in around if person in school.people}
    return frozenset({visible(name) for name in (record.name.given, *known)})
