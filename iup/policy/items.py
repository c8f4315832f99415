"""Everything about one pupil that the policy can be asked about, described in one place for all who ask.

Views, places to write, checks and `explain` use these functions to describe a field, an omdöme, a goal or a comment to
the policy. So they cannot ask about different things. Decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.model.form import Grant, PartKind
from iup.model.role import Role
from iup.policy.access import Item, Kind
from iup.policy.place_keys import AssessmentKey, ContactKey, FieldKey, GoalKey, Once, PlanKey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from iup.model.base import State
    from iup.model.form import Form, FormField, Part
    from iup.model.plan import Comment, Entry, Goal, Plan
    from iup.model.school import School


def field_item(pupil: str, state: State, part: Part, known: FormField, authors: frozenset[str] = frozenset()) -> Item:
    """Describe a field of a plan to the policy; a field's own grants come before its part's.

    Where each writer has an entry of their own, an entry that stands there is its author's to alter.
    """
    writers = known.writers if known.writers is not None else part.writers
    if known.several and authors:
        writers = (Grant(vem=Role.AUTHOR),)
    return Item(
        kind=Kind.FIELD,
        pupil=pupil,
        handling=known.handling,
        state=state,
        field=known.id,
        authors=authors,
        readers=known.readers if known.readers is not None else part.readers,
        writers=writers,
    )


def assessment_item(pupil: str, state: State, part: Part, subject: str, author: str = "") -> Item:
    """Describe the omdöme in a subject to the policy."""
    return Item(
        kind=Kind.ASSESSMENT,
        pupil=pupil,
        state=state,
        field=part.id,
        subject=subject,
        authors=frozenset({author} if author else ()),
        readers=part.readers,
        writers=part.writers,
    )


def goal_item(pupil: str, goal: Goal, part: Part | None = None) -> Item:
    """Describe a goal to the policy."""
    return Item(
        kind=Kind.GOAL,
        pupil=pupil,
        state=goal.state,
        field=goal.id,
        subject=goal.subject or "",
        authors=frozenset({goal.proposed_by}),
        readers=part.readers if part else None,
        writers=part.writers if part else None,
    )


def comment_item(pupil: str, goal: Goal, comment: Comment, part: Part | None = None) -> Item:
    """Describe a comment on a goal to the policy."""
    return Item(
        kind=Kind.COMMENT,
        pupil=pupil,
        state=comment.state,
        field=f"{goal.id}/{comment.id}",
        subject=goal.subject or "",
        authors=frozenset({comment.author}),
        readers=part.readers if part else None,
    )


def authors(entry: Entry) -> frozenset[str]:
    """Return the people an entry belongs to: who wrote it, and the pupil whose words a guardian wrote down."""
    return frozenset({entry.author, *([entry.on_behalf] if entry.on_behalf else [])})


def part_of(form: Form | None, kind: PartKind) -> Part | None:
    """Return the part of a form that holds the goals, or the omdömen; its grants narrow them wherever shown."""
    return next((part for part in form.parts if part.kind is kind), None) if form else None


def new_comment_item(pupil: str, goal: Goal, part: Part | None = None) -> Item:
    """Describe a comment that is still to be written: it gets its goal's state."""
    return Item(
        kind=Kind.COMMENT,
        pupil=pupil,
        state=goal.state,
        field=goal.id,
        subject=goal.subject or "",
        readers=part.readers if part else None,
    )


def move_item(pupil: str, goal: Goal) -> Item:
    """Describe a goal to the policy for a move: a form says who writes goals, never who moves them."""
    return goal_item(pupil, goal)


def new_goal_item(pupil: str, part: Part | None = None) -> Item:
    """Describe to the policy a goal that is not proposed yet, and the goals of a pupil as a whole."""
    return Item(
        kind=Kind.GOAL, pupil=pupil, readers=part.readers if part else None, writers=part.writers if part else None
    )


def reading_item(pupil: str, state: State, reader: str = "") -> Item:
    """Describe to the policy the word of a reader that they have read the plan."""
    return Item(kind=Kind.READING, pupil=pupil, state=state, authors=frozenset({reader} if reader else ()))


def subjects_of(school: School, pupil: str, day: date, plan: Plan | None = None) -> tuple[str, ...]:
    """Return the subjects a pupil is taught, and those a plan has an omdöme in, in the school's order."""
    named = {row.subject for row in school.taught(pupil, day)} | (plan.assessments.keys() if plan else set())
    return tuple(sorted(named, key=school.subject_order))


def items(school: School, pupil: str, day: date) -> Iterator[tuple[str, Item]]:
    """Yield the name and description of every item of a pupil, whoever may read it."""
    yield str(Once.NAME), Item(Kind.NAME, pupil)
    yield str(Once.SCHOOL), Item(Kind.SCHOOL, pupil)
    for person in school.pupils[pupil].guardians_on(day):
        yield str(ContactKey(person)), Item(Kind.CONTACT, pupil, person=person)
    plan = school.plans.get(pupil)
    form = school.forms.get(plan.form) if plan else None
    if plan is not None and form is not None:
        yield str(PlanKey()), Item(Kind.PLAN, pupil, state=plan.state)
        yield str(Once.READING), reading_item(pupil, plan.state)
        for part in form.parts:
            yield from _fields(pupil, plan, part)
            if part.kind is PartKind.ASSESSMENTS:
                for subject in sorted(subjects_of(school, pupil, day, plan)):
                    yield str(AssessmentKey(subject)), assessment_item(pupil, plan.state, part, subject)
    goals = school.goals.get(pupil)
    narrowed = part_of(form, PartKind.GOALS)
    for goal in goals.goals if goals else ():
        yield str(GoalKey(goal.id)), goal_item(pupil, goal, narrowed)
        for comment in goal.comments:
            yield str(GoalKey(goal.id, comment.id)), comment_item(pupil, goal, comment, narrowed)


def _fields(pupil: str, plan: Plan, part: Part) -> Iterator[tuple[str, Item]]:
    """Yield each field, and where several write, each writer's entry."""
    for known in part.fields:
        yield str(FieldKey(known.id)), field_item(pupil, plan.state, part, known)
        for entry in plan.fields.get(known.id, ()) if known.several else ():
            key = FieldKey(known.id, entry.author)
            yield str(key), field_item(pupil, plan.state, part, known, authors(entry))
