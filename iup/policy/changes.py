"""What differs between two states of one pupil's plan and goals, place by place.

In: two `Records` of the same pupil. Out: one `Change` for each place, with the key that replies and views use for it
(`fält/trivsel`, `omdöme/Bild/nivå`, `mål/m1/klart`), and for what only staff write in files (`plan/läge`,
`mål/m1/text`). Order, comments and layout of a file are no changes. Does not judge: that is `change_rights`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, TypeVar

from iup.model.plan import Assessment, Comment, Conversation, Entry, Goal, Move, Reading, Step
from iup.policy import place_keys
from iup.policy.place_keys import AssessmentKey, FieldKey, GoalKey, MoveName, NewGoalKey, Once, PlanKey
from iup.site.paths import goals_file, plan_file

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from datetime import date

    from iup.model.base import Record
    from iup.model.plan import Goals, Plan
    from iup.policy.place_keys import PlaceKey

Keys = tuple[str | int, ...]
T = TypeVar("T")


class ChangeKind(Enum):
    """What kind of place has changed."""

    LABEL = auto()
    PLAN = auto()
    HEAD = auto()
    STATE = auto()
    ENTRY = auto()
    ASSESSMENT = auto()
    GOAL = auto()
    GOAL_PART = auto()
    GOAL_STATE = auto()
    COURSE = auto()
    STEP = auto()
    COMMENT = auto()
    READING = auto()


@dataclass(frozen=True)
class Records:
    """One pupil's plan and goals at one moment."""

    pupil: str
    plan: Plan | None = None
    goals: Goals | None = None


@dataclass(frozen=True)
class Change:
    """One place of one pupil that has changed. `old` and `new` are the records (or values) there; None is nothing.

    `keys` lead to the place in the later file, or in the earlier one where it is gone. `name` is the field, subject or
    goal. `within` is the earlier plan or goal around it, which says how far that had come; of a new one, what it begins
    with. `forms` are the plan's, the former first.
    """

    pupil: str
    what: ChangeKind
    key: str
    name: str
    old: Record | str | None
    new: Record | str | None
    keys: Keys
    forms: tuple[str, ...]
    within: Plan | Goal

    @property
    def path(self) -> str:
        """The file the place is in."""
        of_goals = self.keys[0] == "mål" or self.name == "mål"
        return goals_file(self.pupil) if of_goals else plan_file(self.pupil)

    @property
    def author(self) -> str:
        """Whom the file says the words are by; empty where nobody signs."""
        match self.new:
            case Entry() | Assessment() | Move() | Comment():
                return self.new.author
            case Reading():
                return self.new.reader
            case Goal():
                return self.new.proposed_by
            case _:
                return ""

    @property
    def on_behalf(self) -> str:
        """In whose place it was written, if in anybody's."""
        return (self.new.on_behalf or "") if isinstance(self.new, Entry | Move) else ""

    @property
    def day(self) -> date | None:
        """The day the file says it was written."""
        match self.new:
            case Entry() | Assessment() | Move() | Comment() | Reading():
                return self.new.day
            case Goal():
                return self.new.course[0].day
            case _:
                return None


def content(value: Record | str | None) -> str:
    """Return a record as text; equal content gives equal text. An id that is only a counter is left out."""
    if value is None or isinstance(value, str):
        return value or ""
    without = {"id"} if isinstance(value, Goal | Comment) else None
    return value.model_dump_json(by_alias=True, exclude=without)


def changes(before: Records, after: Records) -> tuple[Change, ...]:
    """Return a change for every place that differs, in the order of the later files."""
    plans = [plan.form for plan in (before.plan, after.plan) if plan is not None]
    found = _Found(after.pupil, tuple(dict.fromkeys(plans)))
    found.plan(before.plan, after.plan)
    found.all_goals(before.goals, after.goals)
    return tuple(found.changes)


def is_new_plan(before: Plan | None, after: Plan) -> bool:
    """Say whether the plan replaces none or another: the first plan, or the next term's."""
    return before is None or before.term != after.term


@dataclass
class _Found:
    """Gathers the changes of one pupil."""

    pupil: str
    forms: tuple[str, ...]
    changes: list[Change] = field(default_factory=list)

    def add(
        self,
        what: ChangeKind,
        key: PlaceKey,
        name: str,
        values: tuple[Record | str | None, Record | str | None],
        keys: Keys,
        within: Plan | Goal,
    ) -> None:
        self.changes.append(Change(self.pupil, what, str(key), name, *values, keys, self.forms, within))

    def plan(self, before: Plan | None, after: Plan | None) -> None:
        if after is None:
            if before is not None:
                self.add(ChangeKind.PLAN, PlanKey(), "plan", (before.term, None), ("barn",), before)
            return
        old = before
        if old is None or is_new_plan(old, after):
            old = after.model_copy(
                update={"conversation": Conversation(), "fields": {}, "assessments": {}, "readings": ()}
            )
            term = before.term if before else None
            self.add(ChangeKind.PLAN, PlanKey(), "plan", (term, after.term), ("termin",), old)
        if old.label != after.label:
            self.add(ChangeKind.LABEL, PlanKey("barn"), "plan", (old.label, after.label), ("barn",), old)
        for name, first, second in (
            ("mall", old.form, after.form),
            ("läsår", old.year, after.year),
            ("samtal", content(old.conversation), content(after.conversation)),
        ):
            if first != second:
                self.add(ChangeKind.HEAD, PlanKey(name), name, (first, second), (name,), old)
        if old.state is not after.state:
            self.add(ChangeKind.STATE, PlanKey("läge"), "läge", (old.state, after.state), ("läge",), old)
        self.fields(old, after)
        self.assessments(old, after)
        for was, now, number in _paired(old.readings, after.readings, lambda reading: reading.reader):
            reading = was or now
            if was != now and reading is not None:
                self.add(ChangeKind.READING, Once.READING, reading.reader, (was, now), ("läst", number), old)

    def fields(self, old: Plan, new: Plan) -> None:
        for name in dict.fromkeys((*new.fields, *old.fields)):
            before, after = old.fields.get(name, ()), new.fields.get(name, ())
            pairs = _paired(before, after, lambda entry: entry.author)
            if len(before) == len(after) == 1:  # another writer may have taken the place of the first
                pairs = [(before[0], after[0], 0)]
            for first, second, number in pairs:
                writer = second or first
                if first != second and writer is not None:
                    key = FieldKey(name, writer.author if len(pairs) > 1 else "")
                    self.add(ChangeKind.ENTRY, key, name, (first, second), ("fält", name, number), old)

    def assessments(self, old: Plan, new: Plan) -> None:
        for subject in dict.fromkeys((*new.assessments, *old.assessments)):
            first, second = old.assessments.get(subject), new.assessments.get(subject)
            parts = [
                name
                for name, value in ((place_keys.LEVEL, "level"), (place_keys.COMMENT, "comment"))
                if getattr(first, value, None) != getattr(second, value, None)
            ]
            if first != second and not parts:
                parts = [place_keys.WRITER]
            for part in parts:
                keys: Keys = ("omdömen", subject, part)
                self.add(ChangeKind.ASSESSMENT, AssessmentKey(subject, part), subject, (first, second), keys, old)

    def all_goals(self, before: Goals | None, after: Goals | None) -> None:
        if before and after and before.label != after.label and (before.goals or after.goals):
            around = (*before.goals, *after.goals)[0]
            self.add(ChangeKind.LABEL, place_keys.GOALS_LABEL, "mål", (before.label, after.label), ("barn",), around)
        pairs = _paired(
            before.goals if before else (),
            after.goals if after else (),
            lambda goal: (goal.id, goal.proposed_by, goal.course[0].day),
            lambda goal: (goal.proposed_by, goal.course[0].day, goal.text),
        )
        for old, new, number in pairs:
            keys: Keys = ("mål", number)
            if old is not None and new is not None:
                self.goal(old, new, keys)
            elif new is not None:
                bare = new.model_copy(update={"course": new.course[:1], "comments": ()})
                self.add(ChangeKind.GOAL, NewGoalKey(), new.id, (None, new), (*keys, "föreslaget_av"), bare)
                self.goal(bare, new, keys)
            elif old is not None:
                self.add(ChangeKind.GOAL, GoalKey(old.id), old.id, (old, None), keys, old)

    def goal(self, old: Goal, new: Goal, keys: Keys) -> None:
        for name, place, first, second in (
            ("text", "mål", old.text, new.text),
            (place_keys.SUBJECT, "ämne", old.subject, new.subject),
            ("så_gör_vi", "så_gör_vi", content(old.actions), content(new.actions)),
            (place_keys.OUTCOME, "så_gick_det", old.outcome, new.outcome),
        ):
            if first != second:
                self.add(ChangeKind.GOAL_PART, GoalKey(new.id, name), new.id, (first, second), (*keys, place), old)
        if old.state is not new.state:
            self.add(
                ChangeKind.GOAL_STATE, GoalKey(new.id, "läge"), new.id, (old.state, new.state), (*keys, "läge"), old
            )
        self.course(old, new, keys)
        self.comments(old, new, keys)

    def course(self, old: Goal, new: Goal, keys: Keys) -> None:
        same = len(old.course)
        if new.course[:same] != old.course:
            at = next((n for n, move in enumerate(new.course) if n >= same or move != old.course[n]), 0)
            self.add(
                ChangeKind.COURSE,
                GoalKey(new.id, place_keys.COURSE),
                new.id,
                ("", "\n".join(map(content, new.course))),  # not the goal: its text is a place of its own
                (*keys, "förlopp", at),
                old,
            )
            return
        for number, move in enumerate(new.course[same:], start=same):
            stands = old.model_copy(update={"course": new.course[:number]})
            name = _move_name(self.pupil, stands.step, move)
            key = GoalKey(new.id, name, "" if number == same else str(number))
            self.add(ChangeKind.STEP, key, new.id, (None, move), (*keys, "förlopp", number), stands)

    def comments(self, old: Goal, new: Goal, keys: Keys) -> None:
        pairs = _paired(
            old.comments,
            new.comments,
            lambda comment: (comment.id, comment.author),
            lambda comment: (comment.author, comment.day, comment.text),
        )
        for first, second, number in pairs:
            if content(first) != content(second):
                key = GoalKey(new.id, place_keys.COMMENT, "" if first is None else first.id)
                self.add(ChangeKind.COMMENT, key, new.id, (first, second), (*keys, "kommentarer", number), old)


def _move_name(pupil: str, before: Step, move: Move) -> str:
    if before is Step.DONE and move.step is Step.ONGOING:
        return MoveName.UNDONE if pupil in (move.author, move.on_behalf) else MoveName.BACK
    return move.step.value


def _paired(
    old: tuple[T, ...], new: tuple[T, ...], *same: Callable[[T], Hashable]
) -> list[tuple[T | None, T | None, int]]:
    """Pair what is the same thing in two lists: by the first test that pairs it; the number is its place."""
    partner: dict[int, int] = {}
    for test in same:
        free = {test(item): n for n, item in reversed(list(enumerate(old))) if n not in partner.values()}
        for n, item in enumerate(new):
            if n not in partner and (match := free.pop(test(item), None)) is not None:
                partner[n] = match
    pairs: list[tuple[T | None, T | None, int]] = [
        (old[partner[n]] if n in partner else None, item, n) for n, item in enumerate(new)
    ]
    gone = [(item, None, n) for n, item in enumerate(old) if n not in partner.values()]
    return [*pairs, *gone]
