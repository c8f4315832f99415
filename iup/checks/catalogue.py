"""Every check, in three named lists: of one pupil, of one person, and of the rest.

In: what a check is given (`case`). Out: findings. `RULES` holds every rule about files as they stand. The rules about
changes, pushes and decisions are in the modules that judge those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.checks import dates, goals, grounds, letters, people, plans, processing, references, retention, roster, texts
from iup.site import decode, load, office_keys, side_files, strict_yaml, yaml_rules

if TYPE_CHECKING:
    from iup.checks.case import CheckContext
    from iup.problems import Finding, Rule


_MODULES = (references, dates, people, roster, retention, processing, grounds, plans, goals, texts, letters)
_PUPIL = (references.pupil, dates.pupil, people.pupil, plans.pupil, goals.pupil, texts.pupil, letters.pupil)
_PERSON = (people.person, letters.person)
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
    *yaml_rules.RULES,
    *decode.RULES,
    *load.RULES,
    *office_keys.RULES,
    *side_files.RULES,
    *(rule for module in _MODULES for rule in module.RULES),
)


def of_pupil(case: CheckContext, pupil: str) -> tuple[Finding, ...]:
    """Run every check of one pupil's files."""
    return tuple(finding for check in _PUPIL for finding in check(case, pupil))


def of_person(case: CheckContext, person: str) -> tuple[Finding, ...]:
    """Run every check of one person's file."""
    return tuple(finding for check in _PERSON for finding in check(case, person))


def of_the_rest(case: CheckContext) -> tuple[Finding, ...]:
    """Run every check of what belongs to no single pupil or person."""
    return tuple(finding for check in _WHOLE for finding in check(case))
