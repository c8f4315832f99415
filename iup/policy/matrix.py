"""The policy as a table, every kind of thing by every role. `explain --matrix` prints it, and a test keeps it."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from iup.model.base import Handling, State
from iup.model.role import Role
from iup.policy.access import CIRCLE, Action, Item, Kind, Policy, decide
from iup.policy.relations import Standing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

_STATEFUL = frozenset(
    {
        *(Kind.PLAN, Kind.FIELD, Kind.ASSESSMENT, Kind.READING, Kind.GOAL, Kind.COMMENT),
        *(Kind.SCHOOL_OVERVIEW, Kind.MUNICIPAL_OVERVIEW),
    }
)


def matrix(policy: Policy, day: date) -> Iterator[tuple[Item, dict[Role, str]]]:
    """Yield every kind, handling and state that somebody may do something with, and what each role may do.

    A cell holds L(äsa), S(kriva), F(öreslå) and T(a bort). The pupil imagined here can write and is not protected.
    """
    letters = {Action.READ: "L", Action.WRITE: "S", Action.PROPOSE: "F", Action.REMOVE: "T"}
    for kind, handling, state in product(Kind, Handling, State):
        # Only a form's fields differ in handling, and only plans and goals have drafts.
        if (kind is not Kind.FIELD and handling is not Handling.FINAL) or (
            kind not in _STATEFUL and state is not State.SHARED
        ):
            continue
        item = Item(kind, "?", handling, state, subject="?", person="!")
        cells = {}
        for role in (*CIRCLE, Role.CLASSMATE, Role.CLASSMATE_GUARDIAN, Role.SELF, Role.REGISTRAR):
            roles = frozenset({role})
            subjects = frozenset({"?"}) if role is Role.SUBJECT_TEACHER else frozenset[str]()
            who = Standing("!" if role is Role.SELF else "?", "?", day, roles, subjects, literate=True)
            cells[role] = "".join(
                letter for action, letter in letters.items() if decide(policy, action, item, who).allowed
            )
        if any(cells.values()):
            yield item, cells
