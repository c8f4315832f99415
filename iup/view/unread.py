"""Who at home has said that a shared plan is read: numbers for the mentor's overview, as far as the reader may know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.model.base import State
from iup.policy.access import Action, decide
from iup.policy.items import reading_item

if TYPE_CHECKING:
    from iup.model.school import School
    from iup.policy.access import Policy
    from iup.policy.relations import Standing


def has_read(school: School, policy: Policy, who: Standing) -> tuple[int, int]:
    """Return how many at home have read a pupil's plan, of how many that have it; (0, 0) where there is none to read.

    Counted are the guardians of the day and a pupil who can write. A reader counts only whose word they may see.
    """
    plan = school.plans.get(who.pupil)
    pupil = school.pupils[who.pupil]
    if plan is None or plan.state is State.DRAFT:
        return 0, 0
    home = [tie.person for tie in pupil.guardians if tie.covers(who.day)]
    home += [pupil.id] if pupil.is_literate(who.day) else []
    told = [
        person
        for person in home
        if decide(policy, Action.READ, reading_item(pupil.id, plan.state, person), who).allowed
    ]
    said = {reading.reader for reading in plan.readings}
    return sum(person in said for person in told), len(told)
