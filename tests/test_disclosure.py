"""A request from its arrival to a decision that can be signed: one bad file for each rule, with its position."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

from iup import decision, gitstore, office, public, referral, repo, review
from iup import files as files_
from iup.deciding import RULES
from iup.errors import RepositoryError, UsageError
from iup.mask import Cut, mask, places
from iup.model.base import Handling, State
from iup.model.disclosure import Choice, RequestChannel, RequestState
from iup.proposals import Scout, proposals
from iup.requests import Arrival, Register
from iup.site import open_site
from tests.conftest import DAY, iup
from tests.disclosing import ORDINARY, PROTECTED, PUPILS, TEACHER, TELLING, TODAY, desk, school_of
from tests.repository import git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from iup.decision import Desk
    from iup.model.school import School
    from iup.problems import Problem
    from iup.public import PublicTerm
    from tests.conftest import Place

CAME = datetime(2026, 11, 23, 9, 15)  # noqa: DTZ001  a moment as people write it
NOW = {"SOURCE_DATE_EPOCH": "1795600800"}  # 2026-11-25 11:00 in Sweden


@pytest.fixture(scope="module")
def school(archived: Place) -> School:
    return school_of(archived)


@pytest.fixture(scope="module")
def ordinary(archived: Place, school: School) -> PublicTerm:
    [term] = public.terms(archived.office, school.municipality, ORDINARY)
    return term


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
    [term] = public.terms(archived.office, school.municipality, PROTECTED)

    assert (term.view.state, term.final, term.view.made_final) == (State.SHARED.value, "", "")
    assert (term.view.group, term.view.school) == ("", "")


@pytest.mark.parametrize("pupil", PUPILS)
def test_everything_that_somebody_wrote_can_be_masked(pupil: str, archived: Place, school: School) -> None:
    [term] = public.terms(archived.office, school.municipality, pupil)
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
    objects = repo.Objects(archived.office)
    try:
        tree = gitstore.tree_entries(objects.read(f"{ordinary.commit}^{{tree}}", b"tree"))[ordinary.folder]
        reader = public._Reader(objects, "x9x9x", ordinary.folder, ordinary.commit, tree)
        came = reader.term(school.municipality)
    finally:
        objects.close()

    assert came.view == ordinary.view


def test_a_commit_of_somebody_else_s_archive_is_no_source(archived: Place, school: School) -> None:
    other = public.head(archived.office, PROTECTED)

    with pytest.raises(RepositoryError):
        public.terms(archived.office, school.municipality, ORDINARY, other)


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
        ("Tillsammans med Daryna Kovalenko i 5A", [("elev", "Daryna Kovalenko")]),
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


def test_of_a_protected_pupil_everything_that_tells_who_and_where_is_proposed(archived: Place, school: School) -> None:
    [term] = public.terms(archived.office, school.municipality, PROTECTED)
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
    [term] = public.terms(archived.office, school.municipality, TELLING)
    told = {place.key: place.text for place in places(term.view)}
    found = {p.place for p in proposals(term, school, TODAY) if p.kind == "ämne"}

    telling = {
        key for key, text in told.items() if key.endswith("/ämne") and text in ("Modersmål", "Svenska som andraspråk")
    }
    assert telling
    assert telling <= found
    assert any(key.endswith("/roll") for key in found)


def test_the_name_is_proposed_in_every_text_once_it_is_masked(ordinary: PublicTerm, school: School) -> None:
    scout = Scout(school, ORDINARY, TODAY)
    told = [place.key for place in places(ordinary.view) if "Alva" in place.text and place.key != "namn"]

    assert told
    assert not [p for p in scout.look(ordinary) if p.kind == "namn"]
    assert {p.place for p in scout.look(ordinary, ("namn",)) if p.kind == "namn"} == set(told)


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


# --- decisions


@pytest.fixture(scope="module")
def decided(archived: Place, tmp_path_factory: pytest.TempPathFactory, school: School) -> Iterator[Decided]:
    """Return a request about the ordinary pupil whose decision has no faults; each test writes the file anew."""
    root = tmp_path_factory.mktemp("decided")
    office_root = root / "office"
    shutil.copytree(archived.office, office_root, symlinks=True, ignore=shutil.ignore_patterns("S.*"))
    home = root / "home"
    home.mkdir(mode=0o700)
    with office.opened(office_root) as own:
        yield Decided(decision.Desk(own, home), school)


class Decided:
    """A decision with a masking of each kind, as text."""

    def __init__(self, own: Desk, school: School) -> None:
        self.desk = own
        self.school = school
        request = own.requests.new(Arrival(CAME, RequestChannel.EMAIL, ORDINARY))
        begun = review.begin(own, school, request.number)
        looked = review.opened(own, school, request.number, TODAY).proposals["2026-HT"]
        for key in begun.terms[0].places:
            put_aside = tuple(p.id for p in looked if p.place == key)
            begun.terms[0].places[key] = (
                begun.terms[0].places[key].model_copy(update={"choice": Choice.KEEP, "reviewed": put_aside})
            )
        own.keep(begun)
        self.path = own.requests.folder(request.number) / "decision.yaml"
        self.text = self._with_maskings(self.path.read_text(encoding="utf-8"))

    def _with_maskings(self, text: str) -> str:
        whole = f"klass:\n      val: maskera\n{masking('osl-21-3')}"
        place = "fält/kunskapsutveckling/1:\n      val: "
        parts = f"{place}maskera delar\n{masking('osl-23-2-1', 'nej', text=QUOTE)}"
        text = text.replace("klass:\n      val: behåll\n", whole, 1)
        return text.replace(f"{place}behåll\n", parts, 1)

    def problems(self, text: str) -> tuple[Problem, ...]:
        (self.path.parent / "spans.pgp").unlink(missing_ok=True)  # opening it is what takes time
        self.path.write_text(text, encoding="utf-8")
        return review.opened(self.desk, self.school, 1, TODAY).problems


QUOTE = "läsningen. I våras"


def masking(ground: str, answer: str = "ja", reason: str = "Uppgiften är skyddad.", text: str = "") -> str:
    quoted = f"        text: {text}\n" if text else ""
    return f"      maskeringar:\n      - grund: {ground}\n        prövning: {answer}\n        skäl: {reason}\n{quoted}"


def test_a_whole_decision_has_no_problems(decided: Decided) -> None:
    assert decided.problems(decided.text) == ()


def change(old: str, new: str) -> Callable[[str], str]:
    def changed(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, 1)

    return changed


def refusal(ground: str, answer: str) -> Callable[[str], str]:
    return lambda text: f"{text}avslag:\n  grund: {ground}\n  prövning: {answer}\n  skäl: Handlingen finns inte här.\n"


WHOLE = "      val: maskera\n" + masking("osl-21-3")
ONLY_WHOLE = "grund: tf-finns-inte\n        prövning: nej"
LEAN = "23-2-1\n        prövning: "
BAD: list[tuple[str, Callable[[str], str], str]] = [
    ("beslut-källa", change("mapp: 2026-HT", "mapp: 2026-VT"), "- mapp: 2026-VT"),
    ("beslut-källa", lambda text: text[: text.index("terminer:")], ""),
    ("beslut-okänt-ställe", change("    skola:\n", "    skolan:\n"), "    skolan:"),
    ("beslut-saknas", change("    skola:\n      val: behåll\n", ""), "  platser:"),
    ("beslut-saknas", change("skola:\n      val: behåll", "skola:\n      val: obeslutad"), "    skola:"),
    ("beslut-grund", change("grund: osl-21-3", "grund: osl-99-9"), "      - grund: osl-99-9"),
    ("beslut-grund", change("grund: osl-21-3\n        prövning: ja", ONLY_WHOLE), "      - grund: tf-finns-inte"),
    ("beslut-grund", refusal("osl-99-9", "ja"), "  grund: osl-99-9"),
    ("beslut-prövning", change("prövning: ja", "prövning: nej"), "        prövning: nej"),
    ("beslut-prövning", change(f"{LEAN}nej", f"{LEAN}ja"), "        prövning: ja"),
    ("beslut-prövning", refusal("tf-finns-inte", "ja"), "  prövning: ja"),
    ("beslut-val", change(WHOLE, "      val: behåll\n" + masking("osl-21-3")), "    klass:"),
    ("beslut-val", change(WHOLE, "      val: maskera\n"), "    klass:"),
    ("beslut-val", change(WHOLE, "      val: maskera delar\n" + masking("osl-21-3", text="2B")), "    klass:"),
    ("beslut-val", change(f"        text: {QUOTE}\n", ""), "    fält/kunskapsutveckling/1:"),
    ("beslut-citat", change(f"text: {QUOTE}", f"text: {QUOTE.title()}"), "      - grund: osl-23-2-1"),
    ("beslut-förslag", change("      granskat:\n      - personal-163\n", ""), "    fält/insatser/1:"),
    ("beslut-skäl", change("nej\n        skäl: Uppgiften", f"nej\n        skäl: {QUOTE.upper()}"), "        skäl: "),
]


@pytest.mark.parametrize(("rule", "damage", "line"), BAD, ids=[f"{n}-{rule}" for n, (rule, _, _) in enumerate(BAD)])
def test_one_bad_file_for_each_rule(rule: str, damage: Callable[[str], str], line: str, decided: Decided) -> None:
    text = damage(decided.text)

    problems = decided.problems(text)

    told = [(p.rule, text.splitlines()[p.location.line - 1]) for p in problems]
    assert [known for known, place in told if known == rule and place.startswith(line)], told
    assert {p.location.path for p in problems} == {"requests/1/decision.yaml"}


def test_nothing_to_hand_out_must_be_a_refusal(decided: Decided) -> None:
    request = decided.desk.requests.new(Arrival(CAME, RequestChannel.EMAIL, "zzzzz"))
    review.begin(decided.desk, decided.school, request.number)

    [problem] = review.opened(decided.desk, decided.school, request.number, TODAY).problems

    assert (problem.rule, problem.location.line) == ("beslut-avslag", 1)


def test_every_rule_about_decisions_has_a_bad_file() -> None:
    assert {rule.id for rule in RULES} == {rule for rule, _, _ in BAD} | {"beslut-avslag"}


def test_a_whole_refusal_needs_no_place_decided(decided: Decided) -> None:
    text = refusal("osl-21-3", "ja")(decided.text.replace("behåll", "obeslutad"))

    assert decided.problems(text) == ()


def test_no_problem_quotes_the_copy(decided: Decided, ordinary: PublicTerm) -> None:
    words = [place.text.split() for place in places(ordinary.view)]
    told = {" ".join(some[at : at + 3]) for some in words for at in range(len(some) - 2)}
    for _, damage, _ in BAD:
        for problem in decided.problems(damage(decided.text)):
            said = f"{problem.message} {problem.hint}".split()
            assert told.isdisjoint(" ".join(said[at : at + 3]) for at in range(len(said) - 2))


def test_a_quote_is_sealed_and_the_file_has_none_of_it(decided: Decided) -> None:
    decided.path.write_text(decided.text, encoding="utf-8")
    read, _ = decided.desk.read(1)
    assert read is not None

    kept = decided.desk.keep(read)

    place = kept.terms[0].places["fält/kunskapsutveckling/1"].maskings[0]
    assert place.text == QUOTE
    written = decided.path.read_text(encoding="utf-8")
    assert "läsningen" not in written
    assert f"spann: {place.span}" in written or f"spann: '{place.span}'" in written
    sealed = (decided.path.parent / "spans.pgp").read_bytes()
    assert "läsningen".encode() not in sealed
    assert decided.desk.read(1) == (kept, ())
    assert review.opened(decided.desk, decided.school, 1, TODAY).problems == ()
    history = git(decided.desk.office.root, "log", "-p", "--all", "--", "requests/*.yaml").out
    assert QUOTE not in history


def test_what_is_being_written_is_not_committed_with_another_request(decided: Decided) -> None:
    for name in ("decision.yaml", "decision.yaml~", ".decision.yaml.swp"):
        decided.path.with_name(name).write_text(decided.text, encoding="utf-8")

    decided.desk.requests.new(Arrival(CAME, RequestChannel.OTHER))

    for name in ("decision.yaml~", ".decision.yaml.swp"):
        decided.path.with_name(name).unlink()
    assert "läsningen" not in git(decided.desk.office.root, "log", "-p", "--all", "--", "requests/*.yaml").out


def test_a_quote_typed_in_after_the_signature_is_another_decision(decided: Decided) -> None:
    """Else a signed decision could be made to mask less: its bytes hold the quote's id and not the quote."""
    decided.path.write_text(decided.text, encoding="utf-8")
    read, _ = decided.desk.read(1)
    assert read is not None
    signed = decided.desk.keep(read)
    text = decided.path.read_text(encoding="utf-8")
    span = signed.terms[0].places["fält/kunskapsutveckling/1"].maskings[0].span
    at = text.index("\n", text.index("spann: ", text.index("osl-23-2-1"))) + 1
    decided.path.write_text(f"{text[:at]}        text: I våras\n{text[at:]}", encoding="utf-8")

    typed, findings = decided.desk.read(1)

    assert typed is not None, findings
    assert (typed.terms[0].places["fält/kunskapsutveckling/1"].maskings[0].span, span is not None) == (span, True)
    assert decided.desk.digest(typed) != decided.desk.digest(signed)


def test_what_is_kept_again_stays_as_it_is(decided: Decided) -> None:
    decided.path.write_text(decided.text, encoding="utf-8")
    read, _ = decided.desk.read(1)
    assert read is not None
    kept = decided.desk.keep(read)
    noted = decided.path.read_bytes() + b"# ring Pia\n"
    decided.path.write_bytes(noted)
    sealed = (decided.path.parent / "spans.pgp").read_bytes()

    again, _ = decided.desk.read(1)

    assert again is not None
    assert decided.desk.keep(again) == kept
    assert decided.path.read_bytes() == noted
    assert (decided.path.parent / "spans.pgp").read_bytes() == sealed
    assert git(decided.desk.office.root, "status", "--short", "--", "requests").out == ""


def test_no_damage_to_a_decision_is_more_than_a_problem(decided: Decided) -> None:
    lines = decided.text.splitlines()
    for at in range(3, len(lines), 11):
        for damaged in (lines[:at], lines[:at] + lines[at + 1 :], [*lines[:at], "  x: [1, {y: 2}]", *lines[at:]]):
            for problem in decided.problems("\n".join(damaged)):
                assert problem.location.path == "requests/1/decision.yaml"


def test_a_run_killed_between_quotes_and_decision_leaves_the_decision_whole(
    decided: Decided, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided.path.write_text(decided.text, encoding="utf-8")
    read, _ = decided.desk.read(1)
    assert read is not None
    kept = decided.desk.keep(read)
    before = decided.path.read_bytes()
    place = kept.terms[0].places["fält/kunskapsutveckling/1"]
    other = place.maskings[0].model_copy(update={"text": "I våras", "span": None})
    places_ = {**kept.terms[0].places, "fält/kunskapsutveckling/1": place.model_copy(update={"maskings": (other,)})}
    changed = kept.model_copy(update={"terms": (kept.terms[0].model_copy(update={"places": places_}),)})
    written = files_.write_whole

    def killed(path: Path, data: bytes) -> None:
        if path.name == "decision.yaml":
            raise KeyboardInterrupt
        written(path, data)

    monkeypatch.setattr(files_, "write_whole", killed)
    with pytest.raises(KeyboardInterrupt):
        decided.desk.keep(changed)

    assert decided.path.read_bytes() == before
    assert decided.desk.read(1) == (kept, ())


def test_a_number_that_was_answered_and_purged_is_nobody_else_s(disclosed: Place) -> None:
    register = Register(disclosed.office)
    register.new(Arrival(CAME, RequestChannel.EMAIL, ORDINARY))
    (disclosed.office / "requests" / "register.yaml").write_text("poster:\n- begäran: 1\n", encoding="utf-8")
    shutil.rmtree(disclosed.office / "requests" / "1")

    assert register.new(Arrival(CAME, RequestChannel.EMAIL, ORDINARY)).number == 2


def test_what_is_signed_changes_with_the_decision_and_with_what_it_quotes(decided: Decided) -> None:
    decided.path.write_text(decided.text, encoding="utf-8")
    first, _ = decided.desk.read(1)
    assert first is not None
    kept = decided.desk.keep(first)
    other = decided.text.replace("läsningen. I våras", "läsningen. I")
    decided.path.write_text(other, encoding="utf-8")
    second, _ = decided.desk.read(1)
    assert second is not None
    changed = decided.desk.keep(second)

    assert decided.desk.digest(kept) != decided.desk.digest(changed)
    assert decision.canonical(kept) != decision.canonical(kept.model_copy(update={"number": 2}))
    assert b"I v\xc3\xa5ras" not in decision.canonical(kept)


def test_the_cuts_of_a_decision_make_the_copy(decided: Decided, ordinary: PublicTerm) -> None:
    decided.path.write_text(decided.text, encoding="utf-8")
    opened = review.opened(decided.desk, decided.school, 1, TODAY)
    assert opened.decision is not None

    masked = mask(ordinary.view, decision.cuts(opened.decision.terms[0], opened.rules))

    assert masked.group == "[MASKAT OSL 21:3]"
    [text] = [place.text for place in places(masked) if place.key == "fält/kunskapsutveckling/1"]
    assert "[MASKAT OSL 23:2 1 st]" in text
    assert "läsningen" not in text


def test_each_mark_is_as_wide_whatever_it_hides(school: School) -> None:
    rules = review.rules_of(school)

    assert len({ground.mark for ground in rules.grounds}) == len(rules.grounds)
    assert all(ground.placeholder == f"[MASKAT {ground.mark}]" for ground in rules.grounds)


def test_a_term_archived_anew_is_reviewed_again_and_the_rest_stands(disclosed: Place, tmp_path: Path) -> None:
    from tests.disclosing import archive  # noqa: PLC0415  only here

    school = school_of(disclosed)
    with desk(disclosed, tmp_path / "home") as own:
        request = own.requests.new(Arrival(CAME, RequestChannel.EMAIL, TELLING))
        begun = review.begin(own, school, request.number)
        kept = {k: v.model_copy(update={"choice": Choice.KEEP}) for k, v in begun.terms[0].places.items()}
        own.keep(begun.model_copy(update={"terms": (begun.terms[0].model_copy(update={"places": kept}),)}))
    plan = disclosed.site / "content" / "pupils" / TELLING / "plan.yaml"
    text = plan.read_text(encoding="utf-8")
    plan.write_text(text.replace("Jag trivs i klassen.", "Jag trivs bra i klassen.", 1), encoding="utf-8")
    disclosed.commit()
    archive(disclosed, TELLING)

    [old, new] = public.revisions(disclosed.office, TELLING)
    assert (old.folders, new.folders) == (("2026-HT",), ("2026-HT",))
    [earlier] = public.terms(disclosed.office, school.municipality, TELLING, old.commit)
    [now] = public.terms(disclosed.office, school.municipality, TELLING)
    assert "Jag trivs bra i klassen." not in repr(earlier.view)
    assert "Jag trivs bra i klassen." in repr(now.view)
    with desk(disclosed, tmp_path / "home") as own:
        before = review.opened(own, school, request.number, TODAY)
        review.begin(own, school, request.number, again=True)
        after = review.opened(own, school, request.number, TODAY)

    assert [p.rule for p in before.problems] == ["beslut-källa"]
    open_places = [p for p in after.problems if p.rule == "beslut-saknas"]
    assert len(open_places) == 1
    assert after.decision is not None
    assert after.decision.terms[0].places["fält/förberedelse_eleven/1"].choice is Choice.OPEN
    with desk(disclosed, tmp_path / "home") as own:
        asked = own.requests.one(request.number)
        own.requests.clarify(request.number, commit=review.version(own, asked, old.commit[:8]))
        review.begin(own, school, request.number, again=True)
        earlier_one = review.opened(own, school, request.number, TODAY)
    assert [source.commit for source in earlier_one.sources] == [old.commit]
    assert "beslut-källa" not in {p.rule for p in earlier_one.problems}


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
    from iup.pipeline import checked  # noqa: PLC0415  only here
    from iup.tree import MemoryTree  # noqa: PLC0415  only here

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
    assert open_site(disclosed.site).required_office() == disclosed.office.resolve()
