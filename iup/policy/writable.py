"""May I write here? One answer, by `access.decide` and the form, for everybody who asks.

In: a `School`, a `Policy`, a reader, a pupil and a day. Out: the places where the reader may write in that pupil's plan
and goals, in the order of the document. These places and no others are what views paint yellow, what a PDF and a page
have fields for, what a reply may say and what a commit may change. A place is never offered for what its writer cannot
see, so that nothing is overwritten unseen. Does not judge values, and writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from iup.model.base import MAX_LINE, MAX_TEXT
from iup.model.form import FieldType, PartKind
from iup.model.plan import Step
from iup.model.role import Condition, Role
from iup.policy.access import Action, Decision, Item, Kind, Policy, decide
from iup.policy.items import (
    assessment_item,
    authors,
    field_item,
    goal_item,
    move_item,
    new_comment_item,
    new_goal_item,
    part_of,
    reading_item,
    subjects_of,
)
from iup.policy.place_keys import (
    COMMENT,
    LEVEL,
    SUBJECT,
    AssessmentKey,
    FieldKey,
    GoalKey,
    MoveName,
    NewGoalKey,
    Once,
    PlaceKey,
)
from iup.policy.relations import Standing, standing
from iup.text.prose import unwrapped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from iup.model.form import Form, FormField, Part
    from iup.model.plan import Entry, Goal, Plan
    from iup.model.school import School

HOME = frozenset({Role.PUPIL, Role.GUARDIAN})
STAFF = frozenset({Role.MENTOR, Role.TEACHER, Role.SUBJECT_TEACHER, Role.PRINCIPAL})

_SOMEBODY = frozenset({"?"})
NO_PLACE = Decision(allowed=False, rule="plats-saknas", reason="den platsen finns inte att skriva i den dagen")
_UNSEEN = Decision(allowed=False, rule="osett", reason="där kan stå något som den som skriver inte får läsa")
_ALREADY = Decision(allowed=False, rule="redan-läst", reason="den som skriver har redan sagt att planen är läst")


class PlaceKind(StrEnum):
    """What can be written in a place."""

    TEXT = "text"
    LINE = "rad"
    CHOICE = "val"
    TICK = "kryss"


class WritablePlace(NamedTuple):
    """A place where a reader may write; `key` is unique in one reader's view of one pupil.

    `now` is what stands there and would be altered, as it is read (`prose.unwrapped`), or empty. `words` are what the
    choices are called. `for_pupil` says that a guardian writes the pupil's own words there (`åt`).
    """

    key: str
    kind: PlaceKind
    pupil: str
    label: str
    choices: tuple[str, ...]
    now: str
    decision: Decision
    words: tuple[str, ...] = ()
    for_pupil: bool = False

    @property
    def limit(self) -> int:
        """How many characters may be written; 0 where nothing is typed."""
        return {PlaceKind.TEXT: MAX_TEXT, PlaceKind.LINE: MAX_LINE}.get(self.kind, 0)


def places(school: School, policy: Policy, reader: str, pupil: str, day: date) -> tuple[WritablePlace, ...]:
    """Return every place where a reader may write about a pupil on a day, in the order of the document."""
    return places_of(school, policy, standing(school, reader, pupil, day))


def places_of(school: School, policy: Policy, who: Standing) -> tuple[WritablePlace, ...]:
    """Return every place where somebody with a standing may write, in the order of the document."""
    asked = _Asked(school, policy, who)
    return tuple(place for place in asked.everything() if place.decision.allowed)


def place(school: School, policy: Policy, reader: str, pupil: str, day: date, key: str) -> WritablePlace | None:
    """Return the place with a key, with the decision about a reader; nothing where no document has it."""
    asked = _Asked(school, policy, standing(school, reader, pupil, day))
    return next((one for one in asked.everything() if one.key == key), None)


def may(school: School, policy: Policy, reader: str, pupil: str, day: date, key: str) -> Decision:
    """Say whether a reader may write in the place with a key, and which rule says so."""
    found = place(school, policy, reader, pupil, day, key)
    return found.decision if found else NO_PLACE


@dataclass(frozen=True)
class _Asked:
    """One reader's question about one pupil."""

    school: School
    policy: Policy
    who: Standing

    def everything(self) -> Iterator[WritablePlace]:
        """Yield every place that there is in the pupil's plan and goals, each with the decision about this reader."""
        plan = self.school.plans.get(self.who.pupil)
        form = self.school.forms.get(plan.form) if plan else None
        shown = self._plan_seen.allowed
        if plan is not None and form is not None:
            for part in form.parts:
                match part.kind:
                    case PartKind.FIELDS:
                        for known in part.fields:
                            yield self._field(plan, part, known)
                    case PartKind.ASSESSMENTS:
                        yield from self._assessments(plan, form, part)
                    case PartKind.GOALS if shown:
                        yield from self._goals(part)
                    case PartKind.GOALS:
                        pass
        of_goals = part_of(form, PartKind.GOALS)
        if not shown or of_goals is None:
            yield from self._goals(of_goals)
        if plan is not None and form is not None:
            yield self._reading(plan)

    @cached_property
    def _plan_seen(self) -> Decision:
        plan = self.school.plans.get(self.who.pupil)
        return self._reads(Item(Kind.PLAN, self.who.pupil, state=plan.state)) if plan else NO_PLACE

    @property
    def _own_words(self) -> frozenset[str]:
        return frozenset({self.who.reader})

    def _reads(self, item: Item) -> Decision:
        return decide(self.policy, Action.READ, item, self.who)

    def _writes(self, item: Item) -> Decision:
        return decide(self.policy, Action.WRITE, item, self.who)

    def _place(  # noqa: PLR0913  all that a place is
        self,
        key: PlaceKey,
        kind: PlaceKind,
        label: str,
        *decisions: Decision,
        choices: tuple[str, ...] = (),
        words: tuple[str, ...] = (),
        now: str = "",
        for_pupil: bool = False,
    ) -> WritablePlace:
        """Return a place that needs every one of some decisions; the last is the right to write itself.

        Choices without `words` are called what they are.
        """
        decision = next((one for one in decisions if not one.allowed), decisions[-1])
        return WritablePlace(str(key), kind, self.who.pupil, label, choices, now, decision, words or choices, for_pupil)

    # --- the plan

    def _field(self, plan: Plan, part: Part, known: FormField) -> WritablePlace:
        """Return the place of a field: its one entry, or where several write, the reader's own."""
        empty = field_item(self.who.pupil, plan.state, part, known)
        entry = self._own(plan, known)
        stand = (field_item(self.who.pupil, plan.state, part, known, of) for of in self._words_of(known, entry))
        seen = self._plan_seen if all(self._reads(item).allowed for item in stand) else _UNSEEN
        kind = PlaceKind(known.type)
        text = entry.text if entry else ""
        return self._place(
            FieldKey(known.id),
            kind,
            known.label,
            *(self._plan_seen, seen, self._writes(empty)),
            choices=known.choices if known.type is FieldType.CHOICE else (),
            now=unwrapped(text) if kind is PlaceKind.TEXT else text,
            for_pupil=self._for_pupil(part, known),
        )

    def _words_of(self, known: FormField, entry: Entry | None) -> tuple[frozenset[str], ...]:
        """Return whose words there may be in a place, each of which who writes there must be able to see.

        In the one entry those are anybody's, today or tomorrow: asked whether any stand there or not, so that a place
        does not tell that they do. Where several write, they are the reader's own, once there are some.
        """
        if not known.several:
            return _SOMEBODY, self._own_words
        return (authors(entry),) if entry else ()

    def _own(self, plan: Plan, known: FormField) -> Entry | None:
        """Return the entry that this reader's words would replace."""
        entries = plan.fields.get(known.id, ())
        if not known.several:
            return entries[0] if entries else None
        own = [entry for entry in entries if self.who.reader in authors(entry)]
        return next((entry for entry in own if entry.author == self.who.reader), own[0] if own else None)

    def _for_pupil(self, part: Part, known: FormField) -> bool:
        """Say whether a field is the pupil's own, which this reader writes in only because the pupil cannot write."""
        grants = (known.writers if known.writers is not None else part.writers) or ()
        instead = any(g.role is Role.GUARDIAN and g.when is Condition.NOT_LITERATE for g in grants)
        own = any(g.role is Role.GUARDIAN and g.when is None for g in grants)
        return instead and not own and self._stands_in and any(g.role is Role.PUPIL for g in grants)

    @property
    def _stands_in(self) -> bool:
        return Role.GUARDIAN in self.who.roles and Role.MENTOR not in self.who.roles and not self.who.literate

    def _assessments(self, plan: Plan, form: Form, part: Part) -> Iterator[WritablePlace]:
        levels, words = tuple(step.id for step in form.scale), tuple(step.label for step in form.scale)
        for subject in subjects_of(self.school, self.who.pupil, self.who.day, plan):
            written = plan.assessments.get(subject)
            # Read whoever wrote it, today or tomorrow: that a place is there must not tell whether somebody has.
            item = assessment_item(self.who.pupil, plan.state, part, subject)
            by = (item._replace(authors=whose) for whose in (_SOMEBODY, self._own_words))
            mine = item._replace(authors=frozenset({written.author})) if written else item
            decisions = (self._plan_seen, *map(self._reads, by), self._writes(mine))
            now = written.level if written else ""
            key, label = AssessmentKey(subject, LEVEL), f"Omdöme i {subject}"
            yield self._place(key, PlaceKind.CHOICE, label, *decisions, choices=levels, words=words, now=now)
            now = unwrapped(written.comment or "") if written else ""
            label = f"Kommentar till omdömet i {subject}"
            yield self._place(AssessmentKey(subject, COMMENT), PlaceKind.TEXT, label, *decisions, now=now)

    def _reading(self, plan: Plan) -> WritablePlace:
        item = reading_item(self.who.pupil, plan.state)
        already = any(reading.reader == self.who.reader for reading in plan.readings)
        writes = _ALREADY if already and self._writes(item).allowed else self._writes(item)
        return self._place(Once.READING, PlaceKind.TICK, "Jag har läst planen", self._plan_seen, writes)

    # --- the goals

    def _goals(self, part: Part | None) -> Iterator[WritablePlace]:
        pupil = self.who.pupil
        known = self.school.goals.get(pupil)
        for goal in known.goals if known else ():
            seen = self._reads(goal_item(pupil, goal, part))
            yield from self._moves(goal, seen)
            comment = self._writes(new_comment_item(pupil, goal, part))
            yield self._place(GoalKey(goal.id, COMMENT), PlaceKind.TEXT, "Kommentar till målet", seen, comment)
        proposes = decide(self.policy, Action.PROPOSE, new_goal_item(pupil, part), self.who)
        yield self._place(NewGoalKey(), PlaceKind.TEXT, "Förslag till ett nytt mål", proposes)
        subjects = subjects_of(self.school, pupil, self.who.day)
        yield self._place(NewGoalKey(SUBJECT), PlaceKind.CHOICE, "Ämne för det nya målet", proposes, choices=subjects)

    def _moves(self, goal: Goal, seen: Decision) -> Iterator[WritablePlace]:
        """Yield the steps that a goal can take from where it is. Only the home says klart, only staff judge it."""
        for name, kind, label, came, goes, roles in _MOVES:
            if goal.step is came:
                who = replace(self.who, roles=self.who.roles & roles)
                item = move_item(self.who.pupil, goal)
                moves = decide(self.policy, Action.MOVE, item, who, (came, goes))
                instead = roles is HOME and Role.PUPIL not in who.roles
                yield self._place(GoalKey(goal.id, name), kind, label, seen, moves, for_pupil=instead)


# The name of each move, how it is said, from where and to where it goes, and whose word it is.
_MOVES = (
    (MoveName.ONGOING, PlaceKind.LINE, "Dagen då ni talade om målet", Step.NEW, Step.ONGOING, STAFF),
    (MoveName.DONE, PlaceKind.TICK, "Målet är klart", Step.ONGOING, Step.DONE, HOME),
    (MoveName.UNDONE, PlaceKind.TICK, "Målet är inte klart ändå", Step.DONE, Step.ONGOING, HOME),
    (MoveName.MET, PlaceKind.TICK, "Målet är uppfyllt", Step.DONE, Step.MET, STAFF),
    (MoveName.BACK, PlaceKind.TEXT, "Målet går tillbaka; det här är kvar", Step.DONE, Step.ONGOING, STAFF),
)
