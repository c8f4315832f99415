"""A decision on a request, until it can be signed: one bad file for each rule, with its position."""

from __future__ import annotations

import shutil
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from iup.keys import keyring
from iup.model.disclosure import Choice, RequestChannel
from iup.office.disclosure import decision_file, public_copy, review
from iup.office.disclosure.decision_check import RULES
from iup.office.disclosure.mask import mask
from iup.office.disclosure.maskable_places import places
from iup.office.disclosure.register import Arrival, Register
from iup.system import files as files_
from tests.support.disclosing import ORDINARY, TELLING, TODAY, desk, school_of
from tests.support.repository import git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from iup.model.school import School
    from iup.office.disclosure.decision_file import DecisionStore
    from iup.office.disclosure.public_copy import PublicTerm
    from iup.problems import Problem
    from tests.conftest import Place

CAME = datetime(2026, 11, 23, 9, 15)  # noqa: DTZ001  a moment as people write it


@pytest.fixture(scope="module")
def decided(archived: Place, tmp_path_factory: pytest.TempPathFactory, school: School) -> Iterator[Decided]:
    """Return a request about the ordinary pupil whose decision has no faults; each test writes the file anew."""
    root = tmp_path_factory.mktemp("decided")
    office_root = root / "office"
    shutil.copytree(archived.office, office_root, symlinks=True, ignore=shutil.ignore_patterns("S.*"))
    home = root / "home"
    home.mkdir(mode=0o700)
    with keyring.opened(office_root) as own:
        yield Decided(decision_file.DecisionStore(own, home), school)


class Decided:
    """A decision with a masking of each kind, as text."""

    def __init__(self, own: DecisionStore, school: School) -> None:
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
    assert decision_file.canonical(kept) != decision_file.canonical(kept.model_copy(update={"number": 2}))
    assert b"I v\xc3\xa5ras" not in decision_file.canonical(kept)


def test_the_cuts_of_a_decision_make_the_copy(decided: Decided, ordinary: PublicTerm) -> None:
    decided.path.write_text(decided.text, encoding="utf-8")
    opened = review.opened(decided.desk, decided.school, 1, TODAY)
    assert opened.decision is not None

    masked = mask(ordinary.view, decision_file.cuts(opened.decision.terms[0], opened.rules))

    assert masked.group == "[MASKAT OSL 21:3]"
    [text] = [place.text for place in places(masked) if place.key == "fält/kunskapsutveckling/1"]
    assert "[MASKAT OSL 23:2 1 st]" in text
    assert "läsningen" not in text


def test_each_mark_is_as_wide_whatever_it_hides(school: School) -> None:
    rules = review.rules_of(school)

    assert len({ground.mark for ground in rules.grounds}) == len(rules.grounds)
    assert all(ground.placeholder == f"[MASKAT {ground.mark}]" for ground in rules.grounds)


def test_a_term_archived_anew_is_reviewed_again_and_the_rest_stands(disclosed: Place, tmp_path: Path) -> None:
    from tests.support.disclosing import archive  # noqa: PLC0415  only here

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

    [old, new] = public_copy.revisions(disclosed.office, TELLING)
    assert (old.folders, new.folders) == (("2026-HT",), ("2026-HT",))
    [earlier] = public_copy.terms(disclosed.office, school.municipality, TELLING, old.commit)
    [now] = public_copy.terms(disclosed.office, school.municipality, TELLING)
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
