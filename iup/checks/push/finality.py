"""How far a plan or a goal has come: a change is judged by the furthest state that anybody's version gave it.

In: a change that a commit makes, and the pupil's records elsewhere (on main, on a merge's other side). Out: the same
change with the `läge` that it must be judged in. What is final is a pupil's term: once main has a later term's plan, or
has this one as fastställd, a version that does not know of it changes nothing in it. Asks no policy.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from iup.model.base import State
from iup.model.plan import Plan
from iup.policy.change_rights import term_order

if TYPE_CHECKING:
    from iup.model.plan import Goal
    from iup.policy.changes import Change, Records

_ORDER = tuple(State)


def furthest(change: Change, *elsewhere: Records) -> Change:
    """Return a change in the furthest state that the plan or goal around it has in its own or other records."""
    around = change.within
    known = [around.state]
    for records in elsewhere:
        if isinstance(around, Plan):
            known += [records.plan.state] if records.plan and records.plan.term == around.term else []
        else:
            known += [goal.state for goal in (records.goals.goals if records.goals else ()) if _same(goal, around)]
    state = max(known, key=_ORDER.index)
    return change if state is around.state else replace(change, within=around.model_copy(update={"state": state}))


def _same(one: Goal, other: Goal) -> bool:
    return (one.id, one.proposed_by, one.course[0].day) == (other.id, other.proposed_by, other.course[0].day)


def is_past(change: Change, main: Records) -> bool:
    """Say whether a change is in the plan of a term that main has left behind."""
    return (
        isinstance(change.within, Plan)
        and main.plan is not None
        and term_order(change.within.term) < term_order(main.plan.term)
    )


def is_final(records: Records, change: Change) -> bool:
    """Say whether records have the plan that a change is in as fastställd."""
    plan = records.plan
    return (
        isinstance(change.within, Plan)
        and plan is not None
        and plan.state is State.FINAL
        and plan.term == change.within.term
    )


def is_reopened(side: Records, merged: Records) -> bool:
    """Say whether a merge has the plan of a term open, or an earlier term's, where a side has it as fastställd."""
    if side.plan is None or side.plan.state is not State.FINAL:
        return False
    if merged.plan is None or merged.plan.term == side.plan.term:
        return merged.plan is None or merged.plan.state is not State.FINAL
    return term_order(merged.plan.term) < term_order(side.plan.term)
