"""check: what is wrong in a school that could be read. Named lists of checks, each a function from a case to findings.

In: a `Case` (the school, the policy, the day). Out: findings. A module holds its rules with their documentation and up
to three checks: `pupil` and `person` of one at a time, which read no other pupil's plan or goals, and `whole` of what
is nobody's own. `RULES` is every rule about files as they stand, `EVERY_RULE` also those about changes, pushes and
decisions on requests, which `explain RULE` prints. No input or output here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup import deciding
from iup.checks import dates, goals, grounds, people, plans, processing, references, retention, roster, texts
from iup.checks.case import Case
from iup.checks.push import rules
from iup.policy import change_rights
from iup.site import decode, load, strict_yaml

if TYPE_CHECKING:
    from iup.problems import Finding, Rule

__all__ = ["EVERY_RULE", "RULES", "Case", "of_person", "of_pupil", "of_the_rest"]

_MODULES = (references, dates, people, roster, retention, processing, grounds, plans, goals, texts)
_PUPIL = (references.pupil, dates.pupil, people.pupil, plans.pupil, goals.pupil, texts.pupil)
_PERSON = (people.person,)
_WHOLE = (
    references.whole,
    dates.whole,
    people.whole,
    roster.whole,
    retention.whole,
    processing.whole,
    grounds.whole,
)
RULES: tuple[Rule, ...] = (
    *strict_yaml.RULES,
    *decode.RULES,
    *load.RULES,
    *(rule for module in _MODULES for rule in module.RULES),
)
EVERY_RULE = (*RULES, *change_rights.RULES, *rules.RULES, *deciding.RULES)


def of_pupil(case: Case, pupil: str) -> tuple[Finding, ...]:
    """Run every check of one pupil's files."""
    return tuple(finding for check in _PUPIL for finding in check(case, pupil))


def of_person(case: Case, person: str) -> tuple[Finding, ...]:
    """Run every check of one person's file."""
    return tuple(finding for check in _PERSON for finding in check(case, person))


def of_the_rest(case: Case) -> tuple[Finding, ...]:
    """Run every check of what is no pupil's or person's own."""
    return tuple(finding for check in _WHOLE for finding in check(case))
