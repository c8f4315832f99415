"""Who gets which documents today, decided but not yet made.

In: a checked `School`, a `Policy` and a day. Out: one `Bundle` for each recipient: the views they may read, a keyed
mark for each, and which of them they also get as PDF. Nothing is rendered here, so that an unchanged bundle costs no
rendering.
"""

from __future__ import annotations

import base64
import hmac
import pickle
import zlib
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import chain
from typing import TYPE_CHECKING

from iup.model import law
from iup.model.base import State
from iup.model.coverage import Remembered, at_once
from iup.model.recipient import Recipient
from iup.model.role import Role
from iup.policy.access import Action, Item, Kind, Policy, decide
from iup.policy.relations import NO_PUPIL, standing
from iup.view.earlier import earlier, nothing_past, since
from iup.view.office_contact import office_view
from iup.view.overview import overviews
from iup.view.plan import plan_view
from iup.view.start import start_view
from iup.view.types import PlanView, View, canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from iup.model.school import School
    from iup.view.earlier import PastTermsOf
    from iup.view.overview_types import Overview
    from iup.view.types import PlaceView

Relation = tuple[str, str, frozenset[Role]]

# Whose overview each is, and so whether it goes as PDF.
_READER = {
    "översikt.klass": Role.MENTOR,
    "översikt.undervisning": Role.TEACHER,
    "översikt.skola": Role.PRINCIPAL,
    "översikt.kommun": Role.BOARD,
}


@dataclass(frozen=True)
class Document:
    """A document before it is made: what kind it is, the keyed hash of its view, its title, whether it goes as PDF too.

    The view lies packed: a municipality has tens of thousands at once, and they go to worker processes like this.
    """

    kind: str
    mark: str
    title: str
    pdf: bool
    pupil: str = ""
    packed: bytes = field(default=b"", repr=False, compare=False)

    @classmethod
    def of(cls, view: View, mark: str, title: str, *, pdf: bool, pupil: str = "") -> Document:
        """Return the document of a view."""
        return cls(view.document, mark, title, pdf, pupil, zlib.compress(pickle.dumps(view), 1))

    @property
    def view(self) -> View:
        """What its reader sees; unpacked each time it is asked for."""
        found: View = pickle.loads(zlib.decompress(self.packed))  # noqa: S301  our own, and never off this machine
        return found

    @property
    def anchor(self) -> str:
        """Where the document stands in a page; a start page is always `d0`."""
        return "d0" if self.kind == "start" else f"d{self.mark[:12]}"

    @property
    def places(self) -> tuple[PlaceView, ...]:
        """Where its reader may write; only a pupil's document has such places."""
        view = self.view
        return view.places if isinstance(view, PlanView) else ()

    @property
    def version(self) -> str:
        """The mark as it is printed: eight characters without ones that look alike."""
        text = base64.b32encode(bytes.fromhex(self.mark))[:8].decode().translate(str.maketrans("IO", "89"))
        return f"{text[:4]}-{text[4:]}"


@dataclass(frozen=True)
class Bundle:
    """All documents of one recipient; the start page comes first."""

    recipient: Recipient
    documents: tuple[Document, ...]

    @property
    def sender(self) -> str:
        """Return all that a locked page reveals, the same for everybody: which municipality it is from."""
        return self.documents[0].view.municipality

    @property
    def labels(self) -> str:
        """In which words the labels of the recipient's page are."""
        return self.recipient.receiving.labels

    @property
    def targets(self) -> tuple[str, ...]:
        """The targets of the start page's links: one a pupil (empty: no document), overviews, then earlier terms."""
        anchors = {d.pupil: d.anchor for d in self.documents if d.kind == "plan"}
        own = [document.anchor for document in self.documents[1:] if not document.pupil]
        older = [d.anchor for d in self.documents if d.pupil and d.kind != "plan"]
        return (*(anchors.get(pupil, "") for pupil in self.recipient.pupils), *own, *older)


def recipients(school: School, day: date) -> tuple[Recipient, ...]:
    """Return everybody with a relation to a pupil on a day, with the pupils it holds for; and the nämnd's readers."""
    return recipients_among(school, related(school, day))


def recipients_among(school: School, relations: Iterable[Relation]) -> tuple[Recipient, ...]:
    """Return those who stand in some relations and are known, by id."""
    about: dict[str, list[str]] = {}
    for person, pupil, _ in relations:
        own = about.setdefault(person, [])
        if pupil != NO_PUPIL:
            own.append(pupil)
    known = ((person, school.pupils.get(person) or school.people.get(person)) for person in sorted(about))
    return tuple(Recipient(person, one.receiving, tuple(about[person])) for person, one in known if one is not None)


def related(school: School, day: date) -> Iterator[Relation]:
    """Yield each person, pupil and the roles between them on a day: the nämnd's readers first, then by class and name.

    To the nämnd's readers the pupil is `NO_PUPIL`.
    """
    around = [(person, NO_PUPIL) for person in sorted({post.person for post in school.municipality.readers})]
    pupils = ((person, pupil) for pupil in _in_order(school, day) for person in _around(school, pupil, day))
    for person, pupil in chain(around, pupils):
        roles = standing(school, person, pupil, day).roles
        if roles:
            yield person, pupil, roles


def _in_order(school: School, day: date) -> list[str]:
    """Return the enrolled pupils by class and name."""
    enrolled = [pupil for pupil in school.pupils.values() if pupil.enrolled.covers(day)]

    def place(pupil: str) -> tuple[str, str]:
        found = school.place(pupil, day)
        return (found[0].name, found[1].name) if found else ("", "")

    return [p.id for p in sorted(enrolled, key=lambda p: (*place(p.id), p.name.given, p.name.family, p.id))]


def _around(school: School, pupil: str, day: date) -> Iterator[str]:
    """Yield, once each, everybody who could have a relation to a pupil."""
    people = {pupil, *school.pupils[pupil].guardians_ever()}
    place = school.place(pupil, day)
    if place is not None:
        unit, group = place
        people |= {post.person for post in (*unit.principals, *group.mentors)}
        people |= {row.teacher for row in group.teaching}
    yield from sorted(people)


class Bundler:
    """Makes the bundles of one school on one day."""

    def __init__(
        self,
        school: School,
        policy: Policy,
        day: date,
        key: bytes,
        remembered: Remembered = at_once,
        past: PastTermsOf = nothing_past,
    ) -> None:
        self._remembered = remembered
        self._school = school
        self._past = past
        self._policy = policy
        self._day = day
        self._key = key

    def bundle(self, recipient: Recipient) -> Bundle:
        """Return what one recipient gets."""
        recipient = replace(recipient, pupils=self._in_told_order(recipient))
        plans: dict[str, PlanView | None] = {}
        documents = []
        older: list[Document] = []
        any_pdf = False
        for pupil in recipient.pupils:
            view, _ = plan_view(self._school, self._policy, recipient.id, pupil, self._day)
            plans[pupil] = view
            roles = standing(self._school, recipient.id, pupil, self._day).roles
            pdf = bool(roles & set(self._policy.pdf))
            any_pdf |= pdf
            if view is not None:
                view = replace(view, labels=recipient.receiving.labels)
                documents.append(Document.of(view, self._mark(view), _title(view), pdf=pdf, pupil=pupil))
            older += self._older(recipient, pupil, view, pdf=pdf)
        seen = overviews(self._school, self._policy, recipient.id, recipient.pupils, self._day, self._remembered)
        own = [self._overview(replace(view, labels=recipient.receiving.labels)) for view in seen]
        any_pdf |= any(document.pdf for document in own)
        titles = tuple(document.title for document in own)
        names = tuple(document.title for document in older)
        start = start_view(self._school, self._policy, recipient.id, self._day, plans, titles, names)
        start = replace(start, labels=recipient.receiving.labels)
        first = Document.of(start, self._mark(start), f"Från {self._school.municipality.name}", pdf=any_pdf)
        return Bundle(recipient, (first, *own, *documents, *older))

    def _older(self, recipient: Recipient, pupil: str, now: PlanView | None, *, pdf: bool) -> Iterator[Document]:
        """Yield what has changed in a pupil's plan since last time, and the reader's copy of each earlier term.

        The oldest term first, so that a new one gives no file of an older one another number. Nothing of a pupil with a
        new identity: what is kept bears the former name.
        """
        if self._school.pupils[pupil].has_new_identity(self._day):
            return
        who = standing(self._school, recipient.id, pupil, self._day)
        term = law.term_on(self._school, self._day)
        office = office_view(self._school, self._policy, who)
        plan = self._school.plans.get(pupil)
        present = plan.term if plan and plan.state is not State.DRAFT else ""
        terms = earlier(self._policy, who, self._past(pupil), present, term.name if term else "", office)
        labels = recipient.receiving.labels
        for kept, view in terms:
            shown = replace(view, labels=labels)
            yield Document.of(shown, self._mark(shown), f"Arkiv {kept.name}: {view.pupil}", pdf=pdf, pupil=pupil)
        changed = since(terms, now) if now else None
        if changed is not None:
            told = replace(changed, labels=labels)
            yield Document.of(told, self._mark(told), f"Sedan sist: {told.pupil}", pdf=pdf, pupil=pupil)

    def _in_told_order(self, recipient: Recipient) -> tuple[str, ...]:
        """Return the pupils by the school, class and name that the reader is told; the order tells no other."""

        def reads(kind: Kind, pupil: str) -> bool:
            who = standing(self._school, recipient.id, pupil, self._day)
            return decide(self._policy, Action.READ, Item(kind, pupil), who).allowed

        def told(pupil: str) -> tuple[bool, str, str, str, str, str]:
            place = self._school.place(pupil, self._day) if reads(Kind.SCHOOL, pupil) else None
            name = self._school.pupils[pupil].name if reads(Kind.NAME, pupil) else None
            where = (place is None, place[0].name if place else "", place[1].name if place else "")
            return *where, name.given if name else "", name.family if name else "", pupil

        return tuple(sorted(recipient.pupils, key=told))

    def _overview(self, view: Overview) -> Document:
        term = f", {view.head.term}" if view.head.term else ""
        pdf = _READER[view.document] in self._policy.pdf
        return Document.of(view, self._mark(view), f"{view.head.title}{term}", pdf=pdf)

    def _mark(self, view: View) -> str:
        return hmac.digest(self._key, canonical(view), sha256).hex()


def _title(view: PlanView) -> str:
    term = f", {view.term}" if view.term else ""
    return f"{view.title}{term}: {view.pupil}"
