"""The values a document is made of: strings that may be shown, and nothing else.

A view does not hold the reader's name, so that equal views are equal bytes and are rendered once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from iup.model.people import Labels
from iup.view.change_types import SinceView
from iup.view.letter_types import DecisionView, NoticeView
from iup.view.overview_types import Overview


@dataclass(frozen=True)
class Author:
    """Who wrote something, as it is printed."""

    name: str
    role: str


@dataclass(frozen=True)
class EntryView:
    """A text in a field."""

    text: str
    author: Author
    on_behalf: str
    day: str


@dataclass(frozen=True)
class PlaceView:
    """A place where the reader may write: what it is called, what stands there, and its short number on paper."""

    key: str
    kind: str
    number: str
    label: str
    choices: tuple[tuple[str, str], ...]
    now: str
    limit: int
    for_pupil: str


@dataclass(frozen=True)
class FieldView:
    """A field of the form with the texts the reader may see; none means not filled in."""

    id: str
    label: str
    help: str
    entries: tuple[EntryView, ...]
    read_by: tuple[str, ...]
    working: bool
    places: tuple[PlaceView, ...] = ()


@dataclass(frozen=True)
class AssessmentView:
    """An omdöme; an empty level means that none has been written yet."""

    subject: str
    level: str
    label: str
    comment: str
    author: Author | None
    day: str
    places: tuple[PlaceView, ...] = ()


@dataclass(frozen=True)
class MoveView:
    """A step in a goal's course."""

    step: str
    day: str
    author: Author
    on_behalf: str
    comment: str


@dataclass(frozen=True)
class CommentView:
    """A comment on a goal."""

    text: str
    author: Author
    day: str
    draft: bool


@dataclass(frozen=True)
class GoalView:
    """A goal with its state, its course and who does what."""

    id: str
    text: str
    subject: str
    step: str
    draft: bool
    proposed_by: Author
    actions: tuple[tuple[str, str], ...]
    outcome: str
    course: tuple[MoveView, ...]
    comments: tuple[CommentView, ...]
    places: tuple[PlaceView, ...] = ()


@dataclass(frozen=True)
class SectionView:
    """A part of the document; `read_by` names its readers where they are the same for the whole part."""

    id: str
    title: str
    intro: str
    kind: str
    read_by: tuple[str, ...]
    fields: tuple[FieldView, ...] = ()
    assessments: tuple[AssessmentView, ...] = ()
    goals: tuple[GoalView, ...] = ()
    places: tuple[PlaceView, ...] = ()


@dataclass(frozen=True)
class ReadingView:
    """Somebody at home has said that the plan is read."""

    author: Author
    day: str


@dataclass(frozen=True)
class EchoRow:
    """What the reader wrote in one place; `refused` is why the school has not taken it in, where it has not."""

    label: str
    text: str
    refused: str


@dataclass(frozen=True)
class EchoView:
    """One reply of the reader's own, as the school received it."""

    day: str
    channel: str
    rows: tuple[EchoRow, ...]


@dataclass(frozen=True)
class OfficeView:
    """Whom to contact."""

    name: str
    address: str
    phone: str
    email: str
    hours: str


@dataclass(frozen=True)
class PlanView:
    """One pupil's plan and goals as one circle of readers may see them."""

    pupil: str
    group: str
    school: str
    municipality: str
    board: str
    title: str
    kind: str
    year: str
    term: str
    state: str
    booked: str
    held: str
    present: tuple[str, ...]
    note: str
    sections: tuple[SectionView, ...]
    office: OfficeView
    public_documents: str
    form: str = ""
    readings: tuple[ReadingView, ...] = ()
    echo: tuple[EchoView, ...] = ()
    own_places: tuple[PlaceView, ...] = ()
    kept_term: str = ""
    made_final: str = ""
    document: str = "plan"
    labels: str = Labels.USUAL

    @property
    def places(self) -> tuple[PlaceView, ...]:
        """Every place where the reader may write, in the order of the document."""
        found: list[PlaceView] = []
        for section in self.sections:
            held: tuple[FieldView | AssessmentView | GoalView, ...]
            held = (*section.fields, *section.assessments, *section.goals)
            found += [place for holder in held for place in holder.places]
            found += section.places
        return (*found, *self.own_places)

    @property
    def newest(self) -> str:
        """The newest day that anything in the view was written; empty when nothing was."""
        days = [e.day for s in self.sections for f in s.fields for e in f.entries]
        days += [a.day for s in self.sections for a in s.assessments]
        days += [m.day for s in self.sections for g in s.goals for m in g.course]
        days += [c.day for s in self.sections for g in s.goals for c in g.comments]
        return max([*days, self.held], default="")


@dataclass(frozen=True)
class ContactView:
    """Contact data of one person."""

    name: str
    phone: str
    email: str


@dataclass(frozen=True)
class ChildView:
    """One pupil on the start page."""

    name: str
    group: str
    school: str
    title: str
    term: str
    state: str
    booked: str
    held: str
    note: str
    guardians: tuple[ContactView, ...]


@dataclass(frozen=True)
class StartView:
    """The start page of one recipient's bundle: what is in it and where to turn."""

    municipality: str
    board: str
    staff: bool
    children: tuple[ChildView, ...]
    own: tuple[ContactView, ...]
    offices: tuple[OfficeView, ...]
    public_documents: str
    overviews: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    document: str = "start"
    labels: str = Labels.USUAL


@dataclass(frozen=True)
class CopyView:
    """What is handed out on a request: the terms as public documents, masked, and the marks used in them."""

    municipality: str
    number: str
    day: str
    plans: tuple[PlanView, ...]
    marks: tuple[tuple[str, str], ...]
    document: str = "kopia"
    labels: str = Labels.USUAL


View = PlanView | StartView | SinceView | Overview | CopyView | DecisionView | NoticeView


def canonical(view: View) -> bytes:
    """Return a view's bytes in one fixed form, from which version marks and the reuse of sealed files are computed."""
    return json.dumps(vars(view), default=vars, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
