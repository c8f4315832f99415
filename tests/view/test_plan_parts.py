"""The head of a plan, and that a pupil whose name is not told is called the same wherever a view names them."""

from __future__ import annotations

from datetime import date

from iup.policy.access import required_policy
from iup.policy.relations import standing
from iup.site.load import required_school
from iup.system.git.trees import WorkTree
from iup.view.plan import _PlanAsker
from iup.view.plan_parts import THE_PUPIL, plan_head
from iup.view.types import Author
from tests.conftest import DAY, ROOT

PUPIL = "a6n4x"


def test_the_head_is_that_of_the_plan_and_without_one_that_of_goals_alone() -> None:
    school = required_school(WorkTree(ROOT))
    plan = school.plans[PUPIL]
    form = school.forms[plan.form]

    whole = plan_head(school.municipality, plan, form, lambda person: Author(person, ""))
    alone = plan_head(school.municipality, None, form, lambda person: Author(person, ""))

    assert (whole.title, whole.kind, whole.term, whole.form) == (form.name, form.kind, plan.term, plan.form)
    assert (whole.booked, whole.held) == ("2026-11-16 14:00", "2026-11-16")
    assert whole.present == plan.conversation.present
    assert (alone.title, alone.kind, alone.term, alone.held, alone.present) == ("Mål", "mål", "", "", ())
    assert alone.municipality == whole.municipality == school.municipality.name


def test_who_is_not_told_the_name_reads_of_the_pupil() -> None:
    tree, day = WorkTree(ROOT), date.fromisoformat(DAY)
    school, policy = required_school(tree), required_policy(tree)
    own = _PlanAsker(school, policy, standing(school, PUPIL, PUPIL, day))
    other = _PlanAsker(school, policy, standing(school, "nobody", PUPIL, day))

    assert own.author(PUPIL) == Author(school.pupils[PUPIL].name.given, "eleven")
    assert other.author(PUPIL) == THE_PUPIL
    assert other.given == ""
