"""Remove what a decision masks from a view, and put a mark where it stood. Pure: it only removes.

In: a `PlanView` and cuts by place. Out: a `PlanView` that never held what was cut. `places` and `mask` go through the
view by one and the same function, so what can be decided on and what can be removed cannot differ. Quotes are matched
with white space and Unicode normalised and soft hyphens left out, so that a quote survives re-wrapping.

Knows no law: a mark is a text, and its width tells the ground and nothing else. The form's own words, days, a goal's
steps and the school's contact are not places: they are the same for every pupil, or tell only that something was
written.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Self

from iup.errors import LeakError, RefusedError
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
    from collections.abc import Callable, Mapping, Sequence

    from iup.policy.place_keys import PlaceKey
    from iup.view.types import AssessmentView, CommentView, EntryView, FieldView, GoalView, MoveView, PlanView

_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
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


@dataclass(frozen=True)
class Cut:
    """What is removed from a place, each time it stands there (no quote: all of it), and the mark that replaces it."""

    mark: str
    quote: str = ""


def places(view: PlanView) -> tuple[MaskablePlace, ...]:
    """Return every place of a view that can be decided on, once each, in the order of the document."""
    found: dict[str, MaskablePlace] = {}

    def see(place: MaskablePlace) -> str:
        found.setdefault(place.key, place)
        return place.text

    _Walk(see).plan(view)
    return tuple(found.values())


def mask(view: PlanView, cuts: Mapping[str, Sequence[Cut]]) -> PlanView:
    """Return the view without what is cut; raise `RefusedError` for a place or a quote that is not there."""
    known = {place.key: place for place in places(view)}
    for key, some in cuts.items():
        for cut in some:
            if key not in known or (cut.quote and not found(known[key].text, cut.quote)):
                raise RefusedError("en maskering stämmer inte med handlingen; inget lämnas ut")
            if cut.quote and known[key].whole:
                raise RefusedError("en maskering gäller en del av något som bara kan maskeras helt; inget lämnas ut")

    def put(place: MaskablePlace) -> str:
        if place.text != known[place.key].text:  # somebody has decided about the other text, not about this one
            raise LeakError("ett ställe i handlingen står för två olika texter; inget lämnas ut")
        return without(place.text, cuts.get(place.key, ()))

    return _Walk(put).plan(view)


def withheld(view: PlanView, cuts: Mapping[str, Sequence[Cut]]) -> tuple[str, ...]:
    """Return every text that is removed, as it stood: a finished copy must not hold any of it in any form."""
    gone: dict[str, None] = {}
    for place in places(view):
        for start, end in _merged([span for cut in cuts.get(place.key, ()) for span in _spans(place.text, cut)]):
            gone[place.text[start:end]] = None
    return tuple(gone)


def without(text: str, cuts: Sequence[Cut]) -> str:
    """Return a text without what is cut; where cuts overlap, all their marks are put in."""
    marked = [(start, end, cut.mark) for cut in cuts for start, end in _spans(text, cut)]
    pieces, at = [], 0
    for start, end in _merged([(start, end) for start, end, _ in marked]):
        marks = dict.fromkeys(mark for first, last, mark in sorted(marked) if start <= first and last <= end)
        pieces += [text[at:start], " ".join(marks)]
        at = end
    return "".join([*pieces, text[at:]])


def found(text: str, quote: str) -> tuple[tuple[int, int], ...]:
    """Return where a quote stands in a text, compared as it is read: start and end, overlapping ones too."""
    read, origin = _as_read(text)
    sought = _as_read(quote)[0].strip()
    spans, at = [], read.find(sought) if sought else -1
    while at >= 0:
        spans.append((origin[at][0], origin[at + len(sought) - 1][1]))
        at = read.find(sought, at + 1)
    return tuple(spans)


def _spans(text: str, cut: Cut) -> tuple[tuple[int, int], ...]:
    return found(text, cut.quote) if cut.quote else ((0, len(text)),)


def _merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _as_read(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return a text in NFC, each run of white space as one space and without unseen characters; and where it was.

    The second part tells for each character of the first the stretch of the given text that it came from.
    """
    read: list[str] = []
    origin: list[tuple[int, int]] = []
    for start, end in _clusters(text):
        piece = unicodedata.normalize("NFC", text[start:end].translate(_UNSEEN))
        if not piece:
            if origin:  # it goes with what it stands behind
                origin[-1] = (origin[-1][0], end)
        elif piece.isspace():
            if read and read[-1] == " ":
                origin[-1] = (origin[-1][0], end)
            else:
                read.append(" ")
                origin.append((start, end))
        else:
            read += piece
            origin += [(start, end)] * len(piece)
    return "".join(read), origin


def _clusters(text: str) -> list[tuple[int, int]]:
    """Return the stretches of a text that normalise by themselves: a letter with the marks that belong to it."""
    found: list[tuple[int, int]] = []
    for at, character in enumerate(text):
        if found and not character.isascii() and _joins(text[found[-1][0] : at], character):
            found[-1] = (found[-1][0], at + 1)
        else:
            found.append((at, at + 1))
    return found


def _joins(before: str, character: str) -> bool:
    if unicodedata.combining(character):
        return True
    apart = unicodedata.normalize("NFC", before) + unicodedata.normalize("NFC", character)
    return unicodedata.normalize("NFC", before + character) != apart


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
