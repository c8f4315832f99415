"""The head of a plan, a text and a goal as a document shows them, from the records that people wrote.

In: a record, and how its reader knows those who wrote. Out: its view. Decides nothing about who may read: what is given
here is shown, by a reader's plan and by the public copy alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.model.base import State
from iup.view.types import Author, CommentView, EntryView, GoalView, MoveView, OfficeView, PlaceView, PlanView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from iup.model.form import Form
    from iup.model.plan import Comment, Entry, Goal, Plan
    from iup.model.school import Municipality

    Named = Callable[[str], Author]

# Whoever a plan is about, where the name is not told.
THE_PUPIL = Author("Eleven", "eleven")
_NOWHERE = OfficeView("", "", "", "", "")


def plan_head(municipality: Municipality, plan: Plan | None, form: Form | None, named: Named) -> PlanView:
    """Return a view with what a plan says of itself, or without a plan what goals alone do, and nothing else yet."""
    talk = plan.conversation if plan else None
    return PlanView(
        pupil="",
        group="",
        school="",
        municipality=municipality.name,
        board=municipality.board,
        title=form.name if form and plan else "Mål",
        kind=form.kind if form and plan else "mål",
        year=plan.year if plan else "",
        term=plan.term if plan else "",
        state=plan.state.value if plan else "",
        booked=talk.booked.isoformat(sep=" ", timespec="minutes") if talk and talk.booked else "",
        held=talk.held.isoformat() if talk and talk.held else "",
        present=tuple(named(person).name for person in talk.present) if talk else (),
        note="",
        sections=(),
        office=_NOWHERE,
        public_documents="",
        form=plan.form if plan else "",
    )


def entry_view(entry: Entry, named: Named) -> EntryView:
    """Return a text in a field."""
    on_behalf = named(entry.on_behalf).name if entry.on_behalf else ""
    return EntryView(entry.text, named(entry.author), on_behalf, entry.day.isoformat())


def goal_view(goal: Goal, named: Named, comments: Iterable[Comment], places: tuple[PlaceView, ...] = ()) -> GoalView:
    """Return a goal with its course and those of its comments that are given."""
    actions = (("skolan", goal.actions.school), ("eleven", goal.actions.pupil), ("hemmet", goal.actions.home))
    return GoalView(
        id=goal.id,
        text=goal.text,
        subject=goal.subject or "",
        step=goal.step.value,
        draft=goal.state is State.DRAFT,
        proposed_by=named(goal.proposed_by),
        actions=tuple((who, text) for who, text in actions if text),
        outcome=goal.outcome or "",
        course=tuple(
            MoveView(
                move.step.value,
                move.day.isoformat(),
                named(move.author),
                named(move.on_behalf).name if move.on_behalf else "",
                move.comment or "",
            )
            for move in goal.course
        ),
        comments=tuple(
            CommentView(c.text, named(c.author), c.day.isoformat(), c.state is State.DRAFT) for c in comments
        ),
        places=places,
    )
