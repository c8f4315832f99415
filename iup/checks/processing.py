"""Does the record of processing agree with itself and with the retention schedule?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.problems import Rule, Severity
from iup.site.load import PROCESSING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iup.checks.case import CheckContext
    from iup.problems import Finding

RULES = (
    TWICE := Rule(
        "behandling-dubblett",
        Severity.FAULT,
        "det finns redan en behandling med det id:t",
        "Registerförteckningen och informationen tar upp varje behandling en gång. Två med samma id kan säga olika "
        "saker.",
        "slå ihop dem, eller ge den ena ett annat id",
    ),
    RETENTION := Rule(
        "behandling-lagring",
        Severity.FAULT,
        "det finns ingen regel med det id:t i policies/retention.yaml",
        "Hur länge uppgifter sparas står bara i policies/retention.yaml, så att det som skolan säger är det som den "
        "gör. En behandling nämner sina regler med id.",
        "jämför med id:na i policies/retention.yaml",
    ),
)


def whole(case: CheckContext) -> Iterator[Finding]:
    """Check each activity by itself and against the schedule."""
    processing = case.school.processing
    known = {rule.id for rule in case.school.retention}
    seen: set[str] = set()
    for number, activity in enumerate(processing.activities if processing else ()):
        if activity.id in seen:
            yield TWICE.at(PROCESSING, "behandlingar", number, "id")
        seen.add(activity.id)
        for place, rule in enumerate(activity.retention):
            if rule not in known:
                yield RETENTION.at(PROCESSING, "behandlingar", number, "lagring", place)
