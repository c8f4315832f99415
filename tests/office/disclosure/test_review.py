"""A request from its arrival to its review: the public copy, what to look at, the register, grounds and commands."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

from iup.archive.reader import ArchiveReader
from iup.errors import RepositoryError, UsageError
from iup.model.base import Handling, State
from iup.model.disclosure import RequestChannel, RequestState
from iup.office.disclosure import public_copy, referral
from iup.office.disclosure.mask import Cut, mask
from iup.office.disclosure.maskable_places import places
from iup.office.disclosure.proposals import ProposalFinder, proposals
from iup.office.disclosure.register import Arrival, Register
from iup.site.layout import open_site
from iup.text.identifiers import phone_digits
from tests.conftest import DAY, iup
from tests.support.disclosing import ORDINARY, PROTECTED, PUPILS, TEACHER, TELLING, TODAY, one_named
from tests.support.repository import git
from tests.support.telephones import NONE, WRITTEN

if TYPE_CHECKING:
    from pathlib import Path

    from iup.model.school import School
    from iup.office.disclosure.public_copy import PublicTerm
    from tests.conftest import Place

CAME = datetime(2026, 11, 23, 9, 15)  # noqa: DTZ001  a moment as people write it
NOW = {"SOURCE_DATE_EPOCH": "1795600800"}  # 2026-11-25 11:00 in Sweden


# --- the public copy


def test_a_public_copy_shows_all_that_was_sent_or_handed_in_whoever_read_it(
    ordinary: PublicTerm, school: School
) -> None:
    plan = school.plans[ORDINARY]
    form = school.forms[plan.form]
    shown = repr(ordinary.view)

    for name, entries in plan.fields.items():
        for entry in entries:
            stands = entry.text.splitlines()[0] in shown
            assert stands == (form.fields[name].handling in (Handling.FINAL, Handling.RECEIVED)), name
    assert all(repr(row.comment)[1:-1] in shown for row in plan.assessments.values())
    assert {
        author.name for s in ordinary.view.sections for f in s.fields for e in f.entries for author in [e.author]
    } > {"Eleven"}


def test_working_material_is_not_even_an_empty_place(ordinary: PublicTerm) -> None:
    fields = {f.id for s in ordinary.view.sections for f in s.fields}

    assert "förberedelse_hemmet" in fields
    assert "lärarens_anteckning" not in fields


def test_what_was_shared_and_never_final_is_public_too(archived: Place, school: School) -> None:
    [term] = public_copy.terms(archived.office, school.municipality, PROTECTED)

    assert (term.view.state, term.final, term.view.made_final) == (State.SHARED.value, "", "")
    assert (term.view.group, term.view.school) == ("", "")


@pytest.mark.parametrize("pupil", PUPILS)
def test_everything_that_somebody_wrote_can_be_masked(pupil: str, archived: Place, school: School) -> None:
    [term] = public_copy.terms(archived.office, school.municipality, pupil)
    masked = repr(mask(term.view, {place.key: (Cut("[X]"),) for place in places(term.view)}))
    plan, goals, record = school.plans[pupil], school.goals[pupil], school.pupils[pupil]

    written = [entry.text for entries in plan.fields.values() for entry in entries if len(entry.text) > 3]
    written += [row.comment for row in plan.assessments.values() if row.comment]
    for goal in goals.goals:
        written += [goal.text, *(c.text for c in goal.comments), *(m.comment for m in goal.course if m.comment)]
        written += [text for text in (*goal.actions.__dict__.values(), goal.outcome) if text]
    names = {record.name.full, record.name.given, *(person.name.full for person in school.people.values())}
    assert len(written) > 20
    assert not [text for text in written if repr(text)[1:-1] in masked]
    assert not [name for name in names if name in masked]


def test_a_term_from_another_school_knows_its_pupil_by_the_id_of_then(
    archived: Place, school: School, ordinary: PublicTerm
) -> None:
    with ArchiveReader(archived.office) as shelf:
        files = shelf.files(shelf.folders(ordinary.commit)[ordinary.folder])
        came = public_copy._TermReader(files, "x9x9x", ordinary.folder, ordinary.commit).term(school.municipality)

    assert came.view == ordinary.view


def test_a_commit_of_somebody_else_s_archive_is_no_source(archived: Place, school: School) -> None:
    other = public_copy.head(archived.office, PROTECTED)

    with pytest.raises(RepositoryError):
        public_copy.terms(archived.office, school.municipality, ORDINARY, other)


# --- what to look at


def looked_at(text: str, source: PublicTerm, school: School) -> list[tuple[str, str]]:
    """Return kind and quote of what is proposed about a text in some field."""
    key = "fält/insatser/1"

    parts = {part.id: part for part in source.view.sections}
    [field] = parts["insatser"].fields
    put = replace(field, entries=tuple(replace(entry, text=text) for entry in field.entries))
    parts["insatser"] = replace(parts["insatser"], fields=(put,))
    view = replace(source.view, sections=tuple(parts.values()))
    found = proposals(replace(source, view=view), school, TODAY)
    return [(p.kind, text[p.start : p.end]) for p in found if p.place == key]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hon leker med Daryna.", [("elev", "Daryna")]),
        ("Darynas bok och DARYNA", [("elev", "Darynas"), ("elev", "DARYNA")]),
        ("Jag leker med daryna", [("elev", "daryna")]),
        ("Da\u00adryna läser", [("elev", "Da\u00adryna")]),
        ("Dar\u200cyna\u200f läser", [("elev", "Dar\u200cyna")]),
        ("Tillsammans med Daryna Kovalenko i 5A", [("elev", "Daryna Kovalenko")]),
        ("Ihop med Vilgot Ã…kerlund i dag", [("elev", "Vilgot Ã…kerlund")]),  # UTF-8, read as another encoding
        ("Med Daryn vid bordet", [("elev", "Daryn")]),
        ("Iryna hämtar", [("vårdnadshavare", "Iryna")]),
        ("Oksana Melnyk och Pia stöttar", [("personal", "Oksana Melnyk"), ("personal", "Pia")]),
        ("Alva läser högt", []),
        ("Född 20180317-2384.", [("personnummer", "20180317-2384")]),
        ("Ring 070-174 06 05 eller 031-390 06 00.", [("telefon", "070-174 06 05"), ("telefon", "031-390 06 00")]),
        ("Skriv till nagon@hem.example nu", [("epost", "nagon@hem.example")]),
        ("De bor på Kornvägen 3 nu", [("adress", "Kornvägen 3")]),
        ("De bor på Sveavägen 12 B", [("adress", "Sveavägen 12 B")]),
        ("Får modersmålsundervisning", [("ämne", "modersmålsundervisning")]),
        ("Läser svenska som\nandraspråk", [("ämne", "svenska som\nandraspråk")]),
        ("Har fått en adhd-diagnos", [("ord", "adhd"), ("ord", "diagnos")]),
        ("Läkaren och BUP", [("ord", "Läkaren"), ("ord", "BUP")]),
        ("Talar ukrainska hemma", [("ord", "ukrainska")]),
        ("Hon läser två sidor i 20 minuter, 3 gånger i veckan.", []),
    ],
)  # fmt: skip
def test_what_is_proposed(text: str, expected: list[tuple[str, str]], ordinary: PublicTerm, school: School) -> None:
    found = looked_at(text, ordinary, school)

    assert set(expected) == set(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hon leker med Ali och Sol. Solen sken, med ali.", []),
        ("Ali, 2B, och Alis bok", [("elev", "Ali"), ("elev", "Alis")]),
        ("Sol i c8f3t", [("elev", "Sol")]),
        ("Leker med Daryna, och Ali i 5B.", []),
        ("Ali Hassan i 2B.", []),
        ("Mamma Mehri (5A)", [("vårdnadshavare", "Mehri")]),
        ("Mehri hämtar", []),
        ("Sara hämtar", [("vårdnadshavare", "Sara")]),  # she wrote in the copy
        ("Ingrid läser, Ingrid i 2B", [("personal", "Ingrid"), ("personal", "Ingrid")]),
        ("Alva läser i 2B", []),
    ],
)
def test_who_has_one_name_is_proposed_beside_class_id_or_number(
    text: str, expected: list[tuple[str, str]], ordinary: PublicTerm, school: School
) -> None:
    names = {"r9e2h": "Ali", "c8f3t": "Sol", "z6c9u": "Daryna", "v3n8d": "Sara", TEACHER: "Ingrid", ORDINARY: "Alva"}
    mother = school.pupils["b3w8j"].guardians[0].person
    named = one_named(school, **names, **{mother: "Mehri"})

    assert sorted(looked_at(text, ordinary, named)) == sorted(expected)


def test_who_has_one_name_in_the_pupil_s_classes_is_told_to_the_reviewer(school: School, ordinary: PublicTerm) -> None:
    mother = school.pupils["b3w8j"].guardians[0].person
    names = {"r9e2h": "Ali", "z6c9u": "Bo", mother: "Mehri", TEACHER: "Ingrid", ORDINARY: "Alva"}
    finder = ProposalFinder(one_named(school, **names), ORDINARY, TODAY)

    assert finder.by_eye((ordinary,)) == ("Ali (r9e2h)",)  # in her copy the teacher's name is proposed wherever it is
    assert finder.by_eye(()) == ("Ali (r9e2h)", f"Ingrid ({TEACHER})")
    assert ProposalFinder(school, ORDINARY, TODAY).by_eye(()) == ()


@pytest.mark.parametrize("text", WRITTEN)
def test_a_telephone_number_is_proposed_however_it_is_written(text: str, ordinary: PublicTerm, school: School) -> None:
    quotes = [quote for kind, quote in looked_at(f"Nås på {text}, helst kväll", ordinary, school) if kind == "telefon"]

    assert [phone_digits(quote) for quote in quotes] == [WRITTEN[text]]


@pytest.mark.parametrize("text", NONE)
def test_other_digits_are_not_proposed_as_a_telephone_number(text: str, ordinary: PublicTerm, school: School) -> None:
    assert "telefon" not in {kind for kind, _ in looked_at(text, ordinary, school)}


def test_of_a_protected_pupil_everything_that_tells_who_and_where_is_proposed(archived: Place, school: School) -> None:
    [term] = public_copy.terms(archived.office, school.municipality, PROTECTED)
    found = {(p.place, p.kind) for p in proposals(term, school, TODAY)}
    told = {place.key: place.text for place in places(term.view)}

    people = {key for key in told if key.startswith("person/") and not key.endswith("/roll")}
    assert people | {"namn"} <= {place for place, kind in found if kind == "skyddad"}
    assert ("person/1/roll", "skola") in found
    assert not [key for key, text in told.items() if "Saga" in text and key not in {place for place, _ in found}]


def test_school_and_class_of_a_protected_pupil_are_proposed_in_a_text(ordinary: PublicTerm, school: School) -> None:
    pupil = school.pupils[ORDINARY].model_copy(update={"protections": school.pupils[PROTECTED].protections})
    hidden = replace(school, pupils={**school.pupils, ORDINARY: pupil})

    found = looked_at("På Kvarnrisets skola, i 2B på Kvarnriset", ordinary, hidden)
    assert {("skola", "Kvarnrisets skola"), ("skola", "2B"), ("skola", "Kvarnriset")} <= set(found)
    assert {"klass", "skola"} <= {p.place for p in proposals(ordinary, hidden, TODAY)}


def test_telling_subjects_are_proposed_wherever_they_stand(archived: Place, school: School) -> None:
    [term] = public_copy.terms(archived.office, school.municipality, TELLING)
    told = {place.key: place.text for place in places(term.view)}
    found = {p.place for p in proposals(term, school, TODAY) if p.kind == "ämne"}

    telling = {
        key for key, text in told.items() if key.endswith("/ämne") and text in ("Modersmål", "Svenska som andraspråk")
    }
    assert telling
    assert telling <= found
    assert any(key.endswith("/roll") for key in found)


def test_the_name_is_proposed_in_every_text_once_it_is_masked(ordinary: PublicTerm, school: School) -> None:
    finder = ProposalFinder(school, ORDINARY, TODAY)
    told = [place.key for place in places(ordinary.view) if "Alva" in place.text and place.key != "namn"]

    assert told
    assert not [p for p in finder.propose(ordinary) if p.kind == "namn"]
    assert {p.place for p in finder.propose(ordinary, ("namn",)) if p.kind == "namn"} == set(told)


def test_the_names_of_those_who_wrote_are_known_when_they_have_left(ordinary: PublicTerm, school: School) -> None:
    left = replace(school, people={})

    assert ("personal", "Ingrid") in looked_at("Ingrid och Sara planerar.", ordinary, left)
    assert ("vårdnadshavare", "Sara") in looked_at("Ingrid och Sara planerar.", ordinary, left)
    assert not [p for p in proposals(ordinary, left, TODAY) if p.kind == "namn"]


def test_a_proposal_s_name_tells_nothing_of_what_stands_there(ordinary: PublicTerm, school: School) -> None:
    told = {place.key: place.text for place in places(ordinary.view)}

    assert not [p for p in proposals(ordinary, school, TODAY) if told[p.place][p.start : p.end].casefold() in p.id]


# --- requests


def test_requests_are_numbered_as_they_come_and_committed(disclosed: Place) -> None:
    register = Register(disclosed.office)
    first = register.new(Arrival(CAME, RequestChannel.EMAIL, ORDINARY, ("HT 2026",)))
    second = register.new(Arrival(CAME, RequestChannel.VISIT))

    assert (first.number, second.number) == (1, 2)
    assert register.all() == (first, second)
    assert git(disclosed.office, "status", "--short").out == ""
    message = git(disclosed.office, "log", "-1", "--format=%an %s").out
    assert message == "iup begäran\n"


def test_a_request_has_no_room_for_who_or_why() -> None:
    from iup.model.disclosure import Request  # noqa: PLC0415  here it is what is looked at

    assert set(Request.model_fields) == {
        "number", "arrived", "channel", "pupil", "terms", "referred_by", "referred", "commit", "state",
    }  # fmt: skip


@pytest.mark.parametrize("pupil", ["", "zzzzz", PROTECTED, "r9e2h"])
def test_every_request_is_taken_in(pupil: str, disclosed: Place, school: School) -> None:
    """Nobody, somebody unknown, a protected pupil, one of whom nothing has been sent: the review finds out."""
    made = Register(disclosed.office).new(Arrival(CAME, RequestChannel.LETTER, pupil, ("HT 1999",) if pupil else ()))
    again = Register(disclosed.office).new(Arrival(CAME, RequestChannel.LETTER, pupil))

    assert (made.state, again.number) == (RequestState.WAITING, 2)
    notes = list(referral.notes(school, disclosed.office, made, TODAY)) if pupil else []
    assert bool(notes) == bool(pupil)
    assert any("Bekräfta ingenting" in note for note in notes) == (pupil == PROTECTED)


def test_what_a_killed_run_left_is_committed_by_the_next(disclosed: Place) -> None:
    register = Register(disclosed.office)
    register.new(Arrival(CAME, RequestChannel.EMAIL, ORDINARY))
    folder = disclosed.office / "requests" / "2"
    folder.mkdir()
    shutil.copy(disclosed.office / "requests" / "1" / "request.yaml", folder)

    third = register.new(Arrival(CAME, RequestChannel.EMAIL, PROTECTED))

    assert third.number == 3
    assert git(disclosed.office, "status", "--short").out == ""
    assert git(disclosed.office, "ls-files", "requests/2").out == "requests/2/request.yaml\n"


@pytest.mark.parametrize("pupil", ["Alva", "20180317-2384", "../k7q2"])
def test_a_pupil_is_an_id_and_never_a_name(pupil: str, disclosed: Place) -> None:
    with pytest.raises(UsageError) as refused:
        Register(disclosed.office).new(Arrival(CAME, RequestChannel.PHONE, pupil))

    assert pupil not in f"{refused.value.message}{refused.value.hint}"
    assert not Register(disclosed.office).all()


# --- the policy file


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("id: osl-21-3a", "id: osl-21-3", "grund-dubblett"),
        ("märke: OSL 21:3 a", "märke: OSL 21:3", "grund-dubblett"),
        ("från: 2024-04-16}", "från: 2027-04-16}", "delegation-saknas"),
        ("från: 2024-04-16}", "från: 2024-04-16, person: zzzzz}", "okänd-person"),
        ("skaderekvisit: rakt\n", "skaderekvisit: rak\n", "okänt-värde"),
        ("ord: [adhd", "ord: ['*', adhd", "fel-form"),
    ],
)
def test_the_grounds_are_checked(old: str, new: str, told: str, files: dict[str, bytes]) -> None:
    from iup.build.pipeline import checked  # noqa: PLC0415  only here
    from iup.system.git.trees import MemoryTree  # noqa: PLC0415  only here

    name = "policies/health-words.yaml" if old.startswith("ord") else "policies/disclosure.yaml"
    text = files[name].decode()
    place = text.index(old)
    damaged = text[:place] + new + text[place + len(old) :]

    _, problems = checked(MemoryTree({**files, name: damaged.encode()}), date.fromisoformat(DAY))

    [problem] = [p for p in problems if p.location.path == name]
    assert problem.rule == told
    # A missing delegation is told at its list.
    expected = text[:place].count("\n") + 1 - (1 if told == "delegation-saknas" else 0)
    assert problem.location.line == expected


# --- the commands


def run(place: Place, *arguments: str | Path, code: int = 0) -> tuple[str, str]:
    done = iup("disclose", *arguments, "--site", place.site, env=NOW)
    assert done.code == code, done.err
    return done.out, done.err


def test_a_request_walks_from_an_educator_to_the_principal(disclosed: Place, tmp_path: Path) -> None:
    """A teacher's clone has no office: what she writes out is what the office registers."""
    teacher = tmp_path / "teacher"
    shutil.copytree(disclosed.site, teacher / "site")
    git(teacher / "site", "config", "user.email", "ingrid.ahlmark@alvhamra.example")
    git(teacher / "site", "config", "user.name", "Ingrid")
    came = ("--arrived", "2026-11-24 08:05", "--channel", "besök")

    done = iup("disclose", "refer", ORDINARY, *came, "--site", teacher / "site", env=NOW)
    assert done.code == 0, done.err
    (tmp_path / "referral.yaml").write_text(done.out, encoding="utf-8")
    out, _ = run(disclosed, "new", "--referral", tmp_path / "referral.yaml")
    listed, _ = run(disclosed, "list", "--json")

    assert "Karin Sjöholm" in done.err
    assert "vem den som begär är" in done.err
    assert out == "begäran 1\n"
    [request] = json.loads(listed)
    assert request["inkom"] == "2026-11-24 08:05"
    assert (request["hänvisad_av"], request["hänvisad"]) == (TEACHER, "2026-11-25 11:00")


def test_of_a_protected_pupil_a_referral_tells_no_school(disclosed: Place) -> None:
    _, err = run(disclosed, "refer", PROTECTED, "--channel", "telefon")

    assert "registrator" in err
    assert "Ljusfallet" not in err


def test_a_review_shows_the_copy_and_a_check_what_is_left(disclosed: Place) -> None:
    run(disclosed, "new", ORDINARY, "--arrived", "2026-11-23 10:00", "--channel", "e-post")
    table, _ = run(disclosed, "list")
    shown, told = run(disclosed, "review", "1")
    _, left = run(disclosed, "check", "1", code=1)

    assert "2 dygn och 1 timme" in table
    assert "Alva Lundén" in shown
    assert "? personal-163: ”Ingrid Ahlmark”" in shown
    assert "requests/1/decision.yaml" in told
    assert "[beslut-saknas]" in left
    assert "Alva" not in told + left
    assert json.loads((disclosed.office / "requests" / "decision.schema.json").read_bytes())["title"] == "Decision"
    assert git(disclosed.office, "status", "--short").out == ""


def test_a_request_whose_pupil_is_not_known_waits_for_that(disclosed: Place) -> None:
    run(disclosed, "new", "--channel", "brev")
    _, refused = run(disclosed, "review", "1", code=2)
    run(disclosed, "review", "1", "--pupil", ORDINARY)

    assert "vilken elev" in refused
    assert Register(disclosed.office).one(1).pupil == ORDINARY


def test_a_fault_in_the_content_keeps_no_request_out(disclosed: Place) -> None:
    (disclosed.site / "content" / "municipality.yaml").write_text("kommun: [", encoding="utf-8")

    out, _ = run(disclosed, "new", ORDINARY)

    assert out == "begäran 1\n"


def test_a_decision_that_cannot_be_read_is_told_with_its_place(disclosed: Place) -> None:
    run(disclosed, "new", ORDINARY)
    folder = disclosed.office / "requests" / "1"
    (folder / "decision.yaml").write_text("begäran: 1\nterminer: []\nsvar: ja\n", encoding="utf-8")

    _, err = run(disclosed, "review", "1", code=1)

    assert "requests/1/decision.yaml:3:" in err
    assert "[okänd-nyckel]" in err
    assert (folder / "decision.yaml").read_text(encoding="utf-8").endswith("svar: ja\n")


def test_a_time_to_come_is_a_slip(disclosed: Place) -> None:
    _, err = run(disclosed, "new", ORDINARY, "--arrived", "2027-01-01 08:00", code=2)

    assert "framtiden" in err
    for typed in ("2026-11-24", "2026-11-24 8:05", "2026-11-31 08:05", "٢٠٢٦-١١-٢٤ ٠٨:٠٥"):
        _, err = run(disclosed, "new", ORDINARY, "--arrived", typed, code=2)
        assert "ÅÅÅÅ-MM-DD TT:MM" in err
    assert open_site(disclosed.site).required_office() == disclosed.office.resolve()
