"""What a correction of a final plan may change, and by whom.

In: school and policy as they were before, who corrects, the day, and the plan before and after. Out: located findings;
none means that it may be done. Texts and omdömen may be put right, and what is said of the samtal, each in the name of
whoever corrects and by the right they would have were the plan still shared. Whose plan it is, its term, form and läge
never change. That the office vouches for it is judged elsewhere.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from iup.model.base import Handling, State
from iup.policy.change_rights import FALSE_DAY, faults
from iup.policy.changes import ChangeKind, Records, changes
from iup.policy.place_keys import COMMENT, LEVEL
from iup.problems import Rule, Severity
from iup.site.paths import plan_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from iup.model.plan import Plan
    from iup.policy.change_rights import ChangeContext
    from iup.policy.changes import Change
    from iup.problems import Finding

RULES = (
    CORRECTION := Rule(
        "rättelse-omfång",
        Severity.FAULT,
        "en rättelse kan inte ändra det här",
        "I en fastställd plan rättas fälten, omdömena och uppgifterna om samtalet. Vems plan det är, termin, läsår, "
        "mall, läge och vem som har läst den ändras aldrig, och arbetsmaterial läggs inte till.",
        "låt det stå som det stod; en ny termin börjar med en ny plan",
    ),
)


class CorrectionReason(StrEnum):
    """Why a final plan is corrected; the law knows slips of the pen (FL 36 §) and wrong facts (GDPR art. 16)."""

    SLIP = "skrivfel"
    FACT = "sakfel"
    MIXED_UP = "förväxling"
    ADDED = "komplettering"


def correction_faults(
    former: ChangeContext, who: str, day: date, pupil: str, plans: tuple[Plan, Plan]
) -> Iterator[Finding]:
    """Yield why somebody may not have corrected a plan so on a day; the plans are before and after."""
    path = plan_file(pupil)
    if any(plan.state is not State.FINAL for plan in plans):
        yield CORRECTION.at(path, "läge")
        return
    before, after = (Records(pupil, plan.model_copy(update={"state": State.SHARED})) for plan in plans)
    for change in changes(before, after):
        if not _is_correctable(former, change):
            yield CORRECTION.at(change.path, *change.keys)
            continue
        wrong = tuple(faults(former, who, change))
        yield from wrong
        if not wrong and change.day is not None and change.day != day:
            yield FALSE_DAY.at(change.path, *change.keys, message="en rättelse har dagen då den görs som datum")


def _is_correctable(former: ChangeContext, change: Change) -> bool:
    match change.what:
        case ChangeKind.ENTRY:
            forms = (form for ref in change.forms if (form := former.school.forms.get(ref)))
            known = next((f for form in forms for name, f in form.fields.items() if name == change.name), None)
            return change.new is None or known is None or known.handling is not Handling.WORKING
        case ChangeKind.ASSESSMENT:
            return change.keys[-1] in (LEVEL, COMMENT)
        case ChangeKind.HEAD:
            return change.name == "samtal"
        case _:
            return False
