"""May I write here? What is painted, what has a form field and what is accepted are one and the same set of places."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from html.parser import HTMLParser
from io import BytesIO
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import pikepdf
import pytest

from iup.documents.assets import load_assets
from iup.documents.html import Renderer
from iup.documents.pdf import setter
from iup.model.base import Period, State
from iup.model.people import Protection
from iup.model.plan import Comment, Entry, Move, Step
from iup.model.reply import ReceivedReply
from iup.policy import writable
from iup.policy.access import Policy, required_policy
from iup.policy.relations import standing
from iup.site.load import load
from iup.system.git.trees import WorkTree
from iup.view.bundle import Document
from iup.view.plan import plan_view
from tests.conftest import DAY, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iup.documents.pdf import SetPdf
    from iup.model.plan import Goal, Plan
    from iup.model.school import School
    from iup.view.types import PlanView

TODAY = date.fromisoformat(DAY)
LONG_AGO = date(2020, 8, 17)
# A pupil of each form, and everybody who could be something to them.
PUPILS = {"iup-1-3@1": "a6n4x", "iup-4-6@1": "b3w8j", "samtal-7-9@1": "g3k8s"}
COURSES = {
    Step.NEW: (Step.NEW,),
    Step.ONGOING: (Step.NEW, Step.ONGOING),
    Step.DONE: (Step.NEW, Step.ONGOING, Step.DONE),
    Step.MET: (Step.NEW, Step.ONGOING, Step.DONE, Step.MET),
}


@cache
def invented() -> tuple[School, Policy]:
    tree = WorkTree(ROOT)
    school, _ = load(tree)
    assert school is not None
    return school, required_policy(tree)


class Case(NamedTuple):
    """One pupil's plan as it could stand."""

    form: str
    state: State
    literate: bool
    protected: bool
    entries: str  # none, or one by everybody who may have written

    @property
    def pupil(self) -> str:
        return PUPILS[self.form]

    def school(self) -> School:
        """Return the invented school with this pupil so."""
        school, _ = invented()
        pupil = school.pupils[self.pupil]
        always = Period.model_validate({"från": LONG_AGO.isoformat()})
        slag = {"slag": "sekretessmarkering", "från": LONG_AGO.isoformat()}
        pupil = pupil.model_copy(
            update={
                "enrolled": always,
                "literate_from": LONG_AGO if self.literate else None,
                "protections": (Protection.model_validate(slag),) if self.protected else (),
            }
        )
        return replace(
            school,
            pupils={**school.pupils, pupil.id: pupil},
            plans={**school.plans, pupil.id: self._plan(school)},
            goals={
                **school.goals,
                pupil.id: school.goals[pupil.id].model_copy(update={"goals": self._goals(school)}),
            },
        )

    def _plan(self, school: School) -> Plan:
        plan, form = school.plans[self.pupil], school.forms[self.form]
        fields = {}
        if self.entries == "all":
            for known in form.fields.values():
                text = known.choices[0] if known.choices else "Det här står."
                writers = people(school, self.pupil) if known.several else people(school, self.pupil)[:1]
                fields[known.id] = tuple(
                    Entry.model_validate({"text": text, "av": person, "datum": DAY}) for person in writers
                )
        return plan.model_copy(update={"state": self.state, "fields": fields})

    def _goals(self, school: School) -> tuple[Goal, ...]:
        model = school.goals[self.pupil].goals[0]
        mentor = next(person for person in people(school, self.pupil) if person in school.people)
        comment = Comment.model_validate({"id": "c1", "läge": "delad", "av": mentor, "datum": DAY, "text": "Bra."})
        found = []
        for number, (state, step) in enumerate(product(State, COURSES)):
            course = tuple(Move.model_validate({"steg": each, "datum": DAY, "av": mentor}) for each in COURSES[step])
            values = {"id": f"g{number}", "state": state, "course": course, "comments": (comment,)}
            found.append(model.model_copy(update=values))
        return tuple(found)


def people(school: School, pupil: str) -> list[str]:
    """Return everybody around a pupil: the pupil, the home, the staff."""
    unit, group = school.place(pupil, TODAY) or pytest.fail("no class")
    home = [tie.person for tie in school.pupils[pupil].guardians if tie.covers(TODAY)]
    staff = [*(post.person for post in group.mentors), *(row.teacher for row in group.teaching)]
    return list(dict.fromkeys([pupil, *home, *staff, *(post.person for post in unit.principals)]))


def readers(school: School, pupil: str) -> list[str]:
    """Return one person of each kind around a pupil (who teaches which subject makes a kind), and some strangers."""
    kinds: dict[tuple[object, int], str] = {}
    for person in people(school, pupil):
        who = standing(school, person, pupil, TODAY)
        kinds.setdefault((who.roles, len(who.subjects)), person)
    return [*kinds.values(), "kontoret", next(other for other in PUPILS.values() if other != pupil), "l7b4n"]


CASES = [Case(*values) for values in product(PUPILS, State, (True, False), (True, False), ("none", "all"))]


def is_chosen(case: Case) -> bool:
    """Say whether a case is of every run: with half of them, whatever two things are met with is met together."""
    return (case.literate + case.protected + (case.entries == "all")) % 2 == 0


class Controls(HTMLParser):
    """Collects the names of a document's fields to fill in, and the words that stand where there is one."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.places = self.pens = self.words = self.numbers = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        kind = values.get("class") or ""
        if tag in ("input", "textarea", "select"):
            self.names.append(values["name"] or "")
        self.places += kind.startswith("place ")
        self.pens += kind == "pen"
        self.numbers += kind == "number"

    def handle_data(self, data: str) -> None:
        self.words += data == "Skriv här"


@cache
def renderer() -> Renderer:
    return Renderer(load_assets())


def page_of(view: PlanView) -> Controls:
    return Controls(renderer().fragment(view, "AAAA-BBBB", "d1"))


def sheet_of(view: PlanView) -> str:
    return renderer().printed(view, "AAAA-BBBB", "En plan")


def keys_of(school: School, pupil: str) -> tuple[str, ...]:
    """Return every key that is a place of anybody's, and some that are nobody's."""
    policy = invented()[1]
    found = [place.key for who in people(school, pupil) for place in writable.places(school, policy, who, pupil, TODAY)]
    strange = (
        "",
        "mål",
        "plan/läge",
        "fält/finns_inte",
        "FÄLT/trivs_jag",
        "omdöme/Läxor/nivå",
        "mål/g0/text",
        "läst/x",
    )
    return (*dict.fromkeys(found), *strange, "mål/g99/kommentar")


@pytest.mark.parametrize(
    "case",
    [case if is_chosen(case) else pytest.param(case, marks=pytest.mark.campaign) for case in CASES],
    ids=lambda case: "-".join(map(str, case)),
)
def test_what_is_painted_is_what_is_accepted(case: Case) -> None:
    school, policy = case.school(), invented()[1]
    keys = keys_of(school, case.pupil)
    for reader in readers(school, case.pupil):
        question = (school, policy, reader, case.pupil, TODAY)
        offered = [place.key for place in writable.places(*question)]
        accepted = [key for key in keys if writable.may(*question, key).allowed]
        view, _ = plan_view(*question)
        assert len(offered) == len(set(offered))
        assert set(offered) == set(accepted), reader
        if view is None:
            assert offered == [], reader
            continue
        assert [place.key for place in view.places] == offered, "in the order of the document"
        assert [place.number for place in view.places] == [f"F{n}" for n in range(1, len(offered) + 1)]
        assert Document.of(view, "00", "", pdf=False).places == view.places
        page = page_of(view)
        assert page.names == offered, reader
        assert page.places == page.pens == page.words == page.numbers == len(offered), "yellow, a pen, words, a number"


@pytest.fixture(scope="module")
def set_pdf() -> SetPdf:
    return setter(load_assets())


@pytest.mark.parametrize("form", PUPILS)
def test_the_fields_of_the_pdf_are_the_same_places(set_pdf: SetPdf, form: str) -> None:
    case = Case(form, State.SHARED, literate=False, protected=False, entries="all")
    school, policy = case.school(), invented()[1]
    guardian, mentor = people(school, case.pupil)[1], next(iter(school.place(case.pupil, TODAY)[1].mentors)).person  # type: ignore[index]
    others = (mentor, people(school, case.pupil)[-1]) if form == next(iter(PUPILS)) else ()  # who fills in none in life
    for reader in (case.pupil, guardian, *others):
        view, _ = plan_view(school, policy, reader, case.pupil, TODAY)
        assert view is not None
        plain = set_pdf(sheet_of(view), bytes(16), form=bool(view.places))
        with pikepdf.open(BytesIO(plain)) as pdf:
            fields = pdf.Root.AcroForm.Fields if "/AcroForm" in pdf.Root else ()
            assert [str(field.T) for field in fields] == [place.key for place in view.places]
            values = {str(field.T): field.get("/V") for field in fields}
        for place in view.places:
            if place.kind != "kryss":
                assert str(values[place.key]) == place.now, place.key


def table() -> Iterator[str]:
    """Tell who may write where, for a person to read: one line for each form, läge, flag and role."""
    policy = invented()[1]
    for form, state, literate in product(PUPILS, State, (True, False)):
        case = Case(form, state, literate, protected=False, entries="none")
        school = case.school()
        steps = {goal.id: f"{goal.state} {goal.step}" for goal in school.goals[case.pupil].goals}
        yield f"\n{form}, {state}, {'skrivkunnig' if literate else 'ej skrivkunnig'}"
        seen: set[str] = set()
        for reader in people(school, case.pupil):
            roles = sorted(role.value for role in standing(school, reader, case.pupil, TODAY).roles)
            if (name := " + ".join(roles)) in seen:
                continue
            seen.add(name)
            said = []
            for place in writable.places(school, policy, reader, case.pupil, TODAY):
                parts = place.key.split("/")
                if parts[0] == "mål":
                    parts[1] = f"({steps[parts[1]]})"
                said.append("/".join(parts) + ("*" if place.for_pupil else ""))
            yield f"  {name}: {', '.join(said) or 'ingenstans'}"


def test_who_may_write_where_is_what_was_read_and_approved(golden: Callable[[str, str], None]) -> None:
    golden("writing.txt", "\n".join(table()).lstrip() + "\n\n* elevens ord, som en vårdnadshavare skriver ner\n")


def test_who_cannot_see_what_stands_in_the_one_entry_may_not_write_over_it() -> None:
    case = Case("iup-1-3@1", State.SHARED, literate=True, protected=False, entries="all")
    school, policy = case.school(), invented()[1]
    form = school.forms[case.form]
    blind = form.fields["förberedelse_hemmet"].model_copy(update={"several": False})
    parts = tuple(
        part.model_copy(update={"fields": tuple(blind if f.id == blind.id else f for f in part.fields)})
        for part in form.parts
    )
    school = replace(school, forms={**school.forms, case.form: form.model_copy(update={"parts": parts})})
    guardian = people(school, case.pupil)[1]
    decision = writable.may(school, policy, guardian, case.pupil, TODAY, "fält/förberedelse_hemmet")
    assert (decision.allowed, decision.rule) == (False, "osett")


def test_a_guardian_who_wrote_for_the_child_may_not_alter_the_words_when_the_child_can_write() -> None:
    case = Case("iup-1-3@1", State.SHARED, literate=True, protected=False, entries="none")
    school, policy = case.school(), invented()[1]
    guardian = people(school, case.pupil)[1]
    entry = Entry.model_validate({"text": "Bra", "av": guardian, "åt": case.pupil, "datum": DAY})
    plan = school.plans[case.pupil].model_copy(update={"fields": {"trivs_jag": (entry,)}})
    school = replace(school, plans={**school.plans, case.pupil: plan})
    assert not writable.may(school, policy, guardian, case.pupil, TODAY, "fält/trivs_jag").allowed
    assert writable.may(school, policy, case.pupil, case.pupil, TODAY, "fält/trivs_jag").allowed


def test_a_plan_is_read_once_by_each() -> None:
    case = Case("iup-1-3@1", State.FINAL, literate=True, protected=False, entries="none")
    school, policy = case.school(), invented()[1]
    guardian = people(school, case.pupil)[1]
    plan = school.plans[case.pupil]
    reading = {"barn": "?", "mall": plan.form, "läsår": plan.year, "termin": plan.term, "läge": "delad"}
    readings = type(plan).model_validate({**reading, "läst": [{"av": guardian, "datum": DAY}]}).readings
    read = replace(school, plans={**school.plans, case.pupil: plan.model_copy(update={"readings": readings})})
    assert writable.may(school, policy, guardian, case.pupil, TODAY, "läst").allowed
    assert writable.may(read, policy, guardian, case.pupil, TODAY, "läst").rule == "redan-läst"
    assert writable.may(read, policy, case.pupil, case.pupil, TODAY, "läst").allowed


def test_equal_circles_still_have_equal_views() -> None:
    """Two guardians who have written nothing of their own see the same document, places included."""
    case = Case("iup-1-3@1", State.SHARED, literate=True, protected=False, entries="none")
    _, policy = invented()
    school = replace(case.school())
    known = school.pupils["k7q2m"]
    both = [tie.person for tie in known.guardians if tie.covers(TODAY)]
    plan = school.plans["k7q2m"].model_copy(update={"fields": {}, "readings": (), "state": State.SHARED})
    school = replace(school, plans={**school.plans, "k7q2m": plan})
    first, second = (plan_view(school, policy, reader, "k7q2m", TODAY)[0] for reader in both)
    assert first == second
    assert first is not None
    assert len(first.places) > 3


def received(sender: str, pupil: str, state: str = "antagen", arrived: str = "2026-11-20 08:15") -> ReceivedReply:
    """Return a reply as the office keeps it."""
    rows = [
        {"plats": "nytt_mål", "etikett": "Förslag till ett nytt mål", "text": "Simma femtio meter."},
        {"plats": "läst", "etikett": "Jag har läst planen", "inte_infört": "platsen har ändrats sedan dess"},
    ]
    values = {"id": "ab" * 10, "inkom": arrived, "läge": state, "avsändare": sender, "elev": pupil, "värden": rows}
    return ReceivedReply.model_validate({**values, "kanal": "pdf"})


@pytest.mark.parametrize(
    ("reader", "reply", "shown"),
    [
        ("v3n8d", received("v3n8d", "k7q2m"), True),
        ("y4b6k", received("v3n8d", "k7q2m"), False),  # the other guardian
        ("k7q2m", received("v3n8d", "k7q2m"), False),
        ("t3m8k", received("v3n8d", "k7q2m"), False),
        ("v3n8d", received("v3n8d", "a6n4x"), False),  # about another pupil
        ("v3n8d", received("v3n8d", "k7q2m", "inkommen"), False),
        ("v3n8d", received("v3n8d", "k7q2m", "avslagen"), True),
        ("v3n8d", received("v3n8d", "k7q2m", arrived="2026-05-20 08:15"), False),  # last term
    ],
)
def test_what_was_answered_is_shown_to_its_sender_and_to_nobody_else(
    reader: str, reply: ReceivedReply, *, shown: bool
) -> None:
    school, policy = invented()
    school = replace(school, replies={reply.id: reply})
    view, _ = plan_view(school, policy, reader, "k7q2m", TODAY)
    assert view is not None
    html = renderer().fragment(view, "AAAA-BBBB", "d1")
    assert ("Simma femtio meter." in html) == shown
    assert ("Inte infört: platsen har ändrats sedan dess" in html) == shown
    assert ("Det här skrev du</h" in html) == shown
