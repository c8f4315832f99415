"""Can the retention schedule be followed as it is written?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.model.retention import Fate, Since, What
from iup.problems import Rule, Severity
from iup.site.load import RETENTION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iup.checks.case import CheckContext
    from iup.model.retention import RetentionRule
    from iup.problems import Finding

RULES = (
    SHAPE := Rule(
        "gallring-regel",
        Severity.FAULT,
        "regeln säger inte när något gallras, eller säger emot sig själv",
        "En regel som gallrar säger efter hur många år (år) och räknat från vad (från), och varje slag har sina egna "
        "tider att räkna från. En regel som bevarar har ingen av dem. En vårdnadshavare gallras tillsammans med sin "
        "sista elev (år: 0). Liggaren är en obruten kedja och kan bara bevaras.",
        "jämför med policies/retention.yaml i programmets egen skola",
    ),
    TWICE := Rule(
        "gallring-dubblett",
        Severity.FAULT,
        "det finns redan en regel för samma slag",
        "Två regler för samma slag kan säga olika saker, och då går det inte att veta vilken som gäller. Varje slag "
        "har därför en enda regel.",
        "slå ihop reglerna",
    ),
)

_COUNTED_FROM = {
    What.PUPIL: {Since.SCHOOLING},
    What.GUARDIAN: {Since.LAST_PUPIL},
    What.STAFF: {Since.DUTIES},
    What.REPLY: {Since.SCHOOLING, Since.DECISION},
    What.LEDGER: set[Since](),
    What.REQUEST: {Since.ARRIVAL},
}


def whole(case: CheckContext) -> Iterator[Finding]:
    """Check each rule by itself, and that no two are about the same."""
    seen: set[What] = set()
    for number, rule in enumerate(case.school.retention):
        if not _is_clear(rule):
            yield SHAPE.at(RETENTION, "regler", number, "görs")
        if rule.what in seen:
            yield TWICE.at(RETENTION, "regler", number, "vad")
        seen.add(rule.what)


def _is_clear(rule: RetentionRule) -> bool:
    if rule.fate is Fate.PRESERVED:
        return rule.years is None and rule.since is None
    fits = rule.years is not None and rule.since in _COUNTED_FROM[rule.what]
    return fits and (rule.what is not What.GUARDIAN or rule.years == 0)
