"""The places of a public copy that can be kept or masked, in the order of the document.

In: a `PlanView`. Out: its places, each with its key and text, or the view with other texts in them. `places` and `mask`
go through the view by one and the same walk, so what can be decided on and what can be removed cannot differ. The
form's own words, days, a goal's steps and the school's contact are not places: they are the same for every pupil, or
tell only that something was written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Self

from iup.policy.place_keys import (
    COMMENT,
    LEVEL,
    OUTCOME,
    ROLE,
    SUBJECT,
    AssessmentKey,
    FieldKey,
    GoalKey,
    Once,
    PersonKey,
)
from iup.view.plan_parts import THE_PUPIL
from iup.view.types import Author

if TYPE_CHECKING:
    from collections.abc import Callable

    from iup.policy.place_keys import PlaceKey
    from iup.view.types import AssessmentView, CommentView, EntryView, FieldView, GoalView, MoveView, PlanView


_PLAIN_ROLES = frozenset({"", "vårdnadshavare", "personal"})
# Whom `public_copy` names by what they are: there is nothing to take away.
NAMELESS = (THE_PUPIL, SOMEBODY := Author("Någon i hemmet", "hemmet"))
_NO_NAMES = frozenset({"", *(author.name for author in NAMELESS)})


class PersonName(str):
    """A person's name as it is printed, which knows whose it is: two people may have the same."""

    __slots__ = ("person",)
    person: str

    def __new__(cls, name: str, person: str) -> Self:
        """Make the name of the person with an id."""
        made = super().__new__(cls, name)
        made.person = person
        return made


def person_of(name: str) -> str:
    """Say whose a name is; a name that does not know it is one person's."""
    return name.person if isinstance(name, PersonName) else name


@dataclass(frozen=True)
class MaskablePlace:
    """A text in a view that can be decided on. The key and the label reveal nothing of what stands there.

    `about` helps the reviewer and may itself be secret. `whole`: all of it is kept or masked, never a part. `person`:
    whose name or role it is; it tells two people with the same name apart, and is shown nowhere.
    """

    key: str
    label: str
    text: str
    whole: bool = False
    about: str = ""
    person: str = ""


def places(view: PlanView) -> tuple[MaskablePlace, ...]:
    """Return every place of a view that can be decided on, once each, in the order of the document."""
    found: dict[str, MaskablePlace] = {}

    def see(place: MaskablePlace) -> str:
        found.setdefault(place.key, place)
        return place.text

    with_texts(view, see)
    return tuple(found.values())


def with_texts(view: PlanView, text_of: Callable[[MaskablePlace], str]) -> PlanView:
    """Return the view with the text that is given for each place, asked for in the order of the document."""
    return _Walk(text_of).plan(view)


@dataclass
class _Walk:
    """Goes through a view in the order of the document and puts at each place what it is given for it."""

    at: Callable[[MaskablePlace], str]

    def __post_init__(self) -> None:
        self._same_name: dict[str, list[str]] = {}
        self._people: dict[str, int] = {}

    def text(self, key: PlaceKey, label: str, text: str, about: str = "") -> str:
        return self.at(MaskablePlace(str(key), label, text, about=about)) if text else text

    def whole(self, key: PlaceKey, label: str, text: str, about: str = "", person: str = "") -> str:
        return self.at(MaskablePlace(str(key), label, text, whole=True, about=about, person=person)) if text else text

    def name(self, name: str) -> str:
        """Show a person's name: one place for one person, wherever the name stands."""
        if name in _NO_NAMES:
            return name
        number, nth = self.person(name)
        return self.whole(PersonKey(number), f"Namnet på person {nth}", str(name), person=person_of(name))

    def person(self, name: str) -> tuple[str, int]:
        """Return a person's number in keys, and the one in labels.

        Keys count names, `person/3`, so that decisions made before keep their meaning; whoever has the same name as
        somebody earlier in the document comes after that one, `person/3-2`. Labels count people: they are printed in
        the decision, where they must not tell that two have the same name.
        """
        whose = person_of(name)
        same = self._same_name.setdefault(name, [])
        if whose not in same:
            same.append(whose)
        number, among = list(self._same_name).index(name) + 1, same.index(whose) + 1
        key = f"{number}" if among == 1 else f"{number}-{among}"
        return key, self._people.setdefault(key, len(self._people) + 1)

    def author(self, author: Author) -> Author:
        if author in NAMELESS or not author.name:
            return author
        name = self.name(author.name)
        if author.role in _PLAIN_ROLES:
            return Author(name, author.role)
        number, nth = self.person(author.name)
        label, whose = f"Rollen för person {nth}", person_of(author.name)
        return Author(name, self.whole(PersonKey(number, ROLE), label, author.role, person=whose))

    def plan(self, view: PlanView) -> PlanView:
        head = replace(
            view,
            pupil=self.whole(Once.NAME, "Elevens namn", view.pupil),
            group=self.whole(Once.GROUP, "Klass", view.group),
            school=self.whole(Once.SCHOOL, "Skola", view.school),
            present=tuple(self.name(name) for name in view.present),
        )
        rows = count(1)
        sections = tuple(
            replace(
                part,
                fields=tuple(self.field(known) for known in part.fields),
                assessments=tuple(self.assessment(row, next(rows)) for row in part.assessments),
                goals=tuple(self.goal(goal) for goal in part.goals),
            )
            for part in view.sections
        )
        readings = tuple(replace(reading, author=self.author(reading.author)) for reading in view.readings)
        return replace(head, sections=sections, readings=readings)

    def field(self, known: FieldView) -> FieldView:
        numbered = enumerate(known.entries, 1)
        entries = (self.entry(FieldKey(known.id, str(n)), known.label, entry) for n, entry in numbered)
        return replace(known, entries=tuple(entries))

    def entry(self, key: FieldKey, label: str, entry: EntryView) -> EntryView:
        return replace(
            entry,
            text=self.text(key, label, entry.text),
            author=self.author(entry.author),
            on_behalf=self.name(entry.on_behalf),
        )

    def assessment(self, row: AssessmentView, number: int) -> AssessmentView:
        label = f"Omdöme {number}"
        about, level, comment = (AssessmentKey(str(number), part) for part in (SUBJECT, LEVEL, COMMENT))
        subject = self.whole(about, f"{label}, ämne", row.subject)
        shown = self.whole(level, f"{label}, nivå", row.label, row.subject)
        return replace(
            row,
            subject=subject,
            level=row.level if shown == row.label else "maskad",
            label=shown,
            comment=self.text(comment, f"{label}, kommentar", row.comment, row.subject),
            author=self.author(row.author) if row.author else None,
        )

    def goal(self, goal: GoalView) -> GoalView:
        def key(part: str, which: str = "") -> GoalKey:
            return GoalKey(goal.id, part, which)

        return replace(
            goal,
            subject=self.whole(key(SUBJECT), "Målets ämne", goal.subject),
            text=self.text(GoalKey(goal.id), "Mål", goal.text, goal.subject),
            actions=tuple((who, self.text(key(who), f"Det här gör {who}", t)) for who, t in goal.actions),
            outcome=self.text(key(OUTCOME), "Så gick det", goal.outcome),
            course=tuple(self.move(key("steg", str(n)), move) for n, move in enumerate(goal.course, 1)),
            proposed_by=self.author(goal.proposed_by),
            comments=tuple(self.comment(key(COMMENT, str(n)), one) for n, one in enumerate(goal.comments, 1)),
        )

    def move(self, key: GoalKey, move: MoveView) -> MoveView:
        return replace(
            move,
            author=self.author(move.author),
            on_behalf=self.name(move.on_behalf),
            comment=self.text(key, "Kommentar till ett steg", move.comment),
        )

    def comment(self, key: GoalKey, comment: CommentView) -> CommentView:
        return replace(
            comment, text=self.text(key, "Kommentar till ett mål", comment.text), author=self.author(comment.author)
        )
