"""Do goals move one step at a time, by people who may move them (DOMAIN I5-I8)?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.model.base import State
from iup.model.plan import Step
from iup.policy.access import Action, decide
from iup.policy.change_rights import NEXT, NO_COMMENT, STEP
from iup.policy.items import move_item
from iup.policy.relations import standing
from iup.problems import Rule, Severity
from iup.site.paths import goals_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iup.checks.case import CheckContext
    from iup.model.plan import Goal, Move
    from iup.problems import Finding

RULES = (
    STEP,
    MOVER := Rule(
        "mål-vem",
        Severity.FAULT,
        "steget är taget av någon som inte får ta det",
        "Läraren eller mentorn sätter pågående och uppfyllt. Eleven säger klart, och vårdnadshavaren bara i "
        "elevens ställe medan eleven inte kan skriva. Det är relationen den dagen som räknas, och reglerna står i "
        "policies/access.yaml.",
        "rätta av, eller låt rätt person ta steget",
    ),
    NO_COMMENT,
)


def pupil(case: CheckContext, name: str) -> Iterator[Finding]:
    """Check the course of each of a pupil's goals."""
    goals = case.school.goals.get(name)
    if goals is None or name not in case.school.pupils:
        return
    for number, goal in enumerate(goals.goals):
        yield from _course(case, name, number, goal)


def _course(case: CheckContext, pupil: str, number: int, goal: Goal) -> Iterator[Finding]:
    path = goals_file(pupil)
    if goal.course[0].step is not Step.NEW:
        yield STEP.at(path, "mål", number, "förlopp", 0, "steg", message="målets första steg är inte ”nytt”")
    for at in range(1, len(goal.course)):
        before, move = goal.course[at - 1], goal.course[at]
        keys = ("mål", number, "förlopp", at)
        if move.step not in NEXT[before.step]:
            yield STEP.at(path, *keys, "steg", message=f"målet går från ”{before.step}” till ”{move.step}”")
        elif not _may_move(case, pupil, goal, before, move):
            yield MOVER.at(path, *keys, "av")
        elif before.step is Step.DONE and move.step is Step.ONGOING and move.comment is None and move.author != pupil:
            yield NO_COMMENT.at(path, *keys, "steg")


def _may_move(case: CheckContext, pupil: str, goal: Goal, before: Move, move: Move) -> bool:
    """Ask the policy, as it stands now, about the relation as it was that day. What is final was once shared."""
    known = move.author in case.school.people or move.author in case.school.pupils
    if case.policy is None or not known or case.school.place(pupil, move.day) is None:
        return True  # a step from before the classes that the files tell of cannot be judged
    item = move_item(pupil, goal)
    if goal.state is State.FINAL:
        item = item._replace(state=State.SHARED)
    who = standing(case.school, move.author, pupil, move.day)
    return decide(case.policy, Action.MOVE, item, who, (before.step, move.step)).allowed
