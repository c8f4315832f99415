"""Does each ground for masking have a name and a mark of its own, and is there somebody who may decide?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.problems import Rule, Severity
from iup.site.load import DISCLOSURE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iup.checks.case import CheckContext
    from iup.problems import Finding

RULES = (
    SAME_GROUND := Rule(
        "grund-dubblett",
        Severity.FAULT,
        "en annan grund har samma id eller samma märke",
        "Den som läser en maskerad handling ser bara märket, och ska kunna slå upp precis en paragraf. Beslutet pekar "
        "ut grunden med dess id.",
        "ge grunden ett eget id och ett eget märke",
    ),
    NOBODY_DECIDES := Rule(
        "delegation-saknas",
        Severity.WARNING,
        "i dag har ingen nämndens uppdrag att besluta om att lämna ut handlingar",
        "Det är nämnden som beslutar, om den inte har delegerat det. Raden säger genom vilket beslut, och skrivs ut i "
        "varje avslag. Utan den kan ingen skriva under ett beslut.",
        "lägg till en rad under delegationer med beslut och från-datum",
    ),
)


def whole(case: CheckContext) -> Iterator[Finding]:
    """Check `policies/disclosure.yaml`, where there is one."""
    rules = case.school.disclosure
    if rules is None:
        return
    ids: set[str] = set()
    marks: set[str] = set()
    for number, ground in enumerate(rules.grounds):
        if ground.id in ids:
            yield SAME_GROUND.at(DISCLOSURE, "grunder", number, "id")
        if ground.mark in marks:
            yield SAME_GROUND.at(DISCLOSURE, "grunder", number, "märke")
        ids.add(ground.id)
        marks.add(ground.mark)
    if not any(row.covers(case.day) for row in rules.delegations):
        yield NOBODY_DECIDES.at(DISCLOSURE, "delegationer")
