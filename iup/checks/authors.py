"""Does a file say that somebody wrote where they had no right to write?

The policy is asked as it is now, about the relations of the day that stands beside the name. A server holds a change
against who made it; a file that names somebody else, or a colleague from another class, is seen here before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.model.base import State
from iup.policy.change_rights import ChangeContext, may_change
from iup.policy.changes import ChangeKind, Records, changes
from iup.policy.relations import standing
from iup.problems import Rule, Severity
from iup.site.paths import plan_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from iup.checks.case import CheckContext
    from iup.model.plan import Plan
    from iup.policy.access import Policy
    from iup.problems import Finding

RULES = (
    NOT_THEIRS := Rule(
        "av-utan-rätt",
        Severity.WARNING,
        "den som står i av fick inte skriva här den dagen",
        "Efter av står den som har skrivit, med sitt eget id. Skolans regler (policies/access.yaml) säger vem som får "
        "skriva var, och personens uppdrag den dagen avgör. Står fel id där är det oftast en felskrivning eller ett "
        "datum från innan uppdraget började. Servern tar inte emot en ny ändring där det är så.",
        "skriv id:t för den som har skrivit, och den dag det skrevs",
    ),
)


def pupil(case: CheckContext, name: str) -> Iterator[Finding]:
    """Check who is said to have written each text and omdöme in a pupil's plan."""
    plan, policy = case.school.plans.get(name), case.policy
    if plan is None or policy is None or name not in case.school.pupils or plan.form not in case.school.forms:
        return
    writers = _Writers(case, policy, plan, name)
    for field, entries in plan.fields.items():
        for number, entry in enumerate(entries):
            if not writers.could(ChangeKind.ENTRY, field, entry.author, entry.day):
                yield NOT_THEIRS.at(plan_file(name), "fält", field, number, "av")
    for subject, row in plan.assessments.items():
        if not writers.could(ChangeKind.ASSESSMENT, subject, row.author, row.day):
            yield NOT_THEIRS.at(plan_file(name), "omdömen", subject, "av")


class _Writers:
    """Says who could write where in one pupil's plan, whatever its state is now: it was written when its writer could.

    The same question about another pupil, by somebody who stands in the same relation, is not asked twice.
    """

    def __init__(self, case: CheckContext, policy: Policy, plan: Plan, pupil: str) -> None:
        self._case = case
        self._policy = policy
        self._plan = plan
        self._pupil = pupil

    def could(self, what: ChangeKind, name: str, author: str, day: date) -> bool:
        """Say whether somebody could write in a field, or about a subject, on a day; yes where nobody knows them."""
        school = self._case.school
        if author not in school.pupils and author not in school.people:
            return True
        who = standing(school, author, self._pupil, day)
        asked = (self._plan.form, what, name, who.roles, name in who.subjects, who.literate, who.protected)
        if asked not in self._case.writers:
            self._case.writers[asked] = self._decided(what, name, author, day)
        return self._case.writers[asked]

    def _decided(self, what: ChangeKind, name: str, author: str, day: date) -> bool:
        plan = self._plan.model_copy(update={"state": State.SHARED})
        context = ChangeContext(self._case.school, self._policy, day)
        made = (
            change
            for change in changes(Records(self._pupil), Records(self._pupil, plan))
            if (change.what, change.name, change.author, change.day) == (what, name, author, day)
        )
        return all(may_change(context, author, change).allowed for change in made)
