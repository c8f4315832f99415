"""`finalise --correct`: a final plan is put right by whoever may, with a reason, and is seen to have been."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import DAY, Place, iup, own_copy, shared
from tests.support import signing
from tests.support.archiving import KILLED, entries, faults, killed_before
from tests.support.receiving import configure
from tests.support.repository import (
    AGREED,
    EMAILS,
    MENTOR,
    OFFICE,
    PLAN,
    PUPIL,
    SPORTS,
    clerk,
    git,
    rules,
    served,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TERM = ("--term", "HT 2026")
CORRECT = ("finalise", "--correct", PUPIL, *TERM, "--as", MENTOR, "--yes")
RIGHT = f"bara om det behövs. Vi ses på ett kort avstämningsmöte den 29 januari.\n    av: t3m8k\n    datum: {DAY}"


def final(place: Place) -> Place:
    configure(place)
    git(place.site, "config", "user.email", EMAILS[OFFICE].split(",")[0])
    done = place.run("finalise", PUPIL, *TERM, "--yes")
    assert done.code == 0, done.err
    return place


@pytest.fixture(scope="session")
def finalised(small: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Return a class with a final plan, where the office's clerk works; shared by every worker of the run."""
    with shared(tmp_path_factory, "finalised", lambda root: final(small.copied(root))) as root:
        yield Place(root)


@pytest.fixture
def own(finalised: Place, tmp_path: Path) -> Iterator[Place]:
    """Return one of the test's own."""
    with own_copy(finalised, tmp_path) as place:
        yield place


def test_a_correction_is_committed_archived_shown_and_comes_in_at_the_door(own: Place) -> None:
    server = served(own)
    clerk(own).edit(PLAN, (AGREED, RIGHT))
    done = own.run(*CORRECT, "--reason", "skrivfel")
    assert done.code == 0, done.err
    assert "rättas (skrivfel)" in done.out
    assert git(own.site, "status", "--short").out == ""
    assert entries(own)[-1]["event"] == "rättad"
    shown = iup("archive", "show", PUPIL, "--site", own.site, "--as-of", DAY).out
    assert f"fastställd {DAY}, rättad {DAY} skrivfel" in shown
    assert faults(own) == ""
    done = clerk(own).push()
    assert done.code == 0, done.err
    assert "29 januari" in git(server.path, "show", f"main:{PLAN}").out
    # What is handed over later goes on telling it.
    clerk(own).edit(PLAN, ("29 januari", "30 januari"))
    assert own.run(*CORRECT, "--reason", "sakfel").code == 0
    shown = iup("archive", "show", PUPIL, "--site", own.site, "--as-of", DAY).out
    assert f"rättad {DAY} skrivfel, rättad {DAY} sakfel" in shown


def test_without_the_command_a_final_plan_is_not_corrected(own: Place) -> None:
    server = served(own)
    mentor = server.clone(MENTOR)
    mentor.edit(PLAN, (AGREED, RIGHT))
    mentor.commit()
    assert rules(mentor) == ["rätt-saknas"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((PUPIL, *TERM, "--yes", "--correct"), "--correct och --reason hör ihop"),
        ((PUPIL, *TERM, "--yes", "--reason", "sakfel"), "--correct och --reason hör ihop"),
        ((PUPIL, *TERM, "--correct", "--reason", "misstag"), "värdet för --reason går inte att använda"),
        ((PUPIL, "c8f3t", *TERM, "--correct", "--reason", "sakfel"), "en plan i taget rättas"),
        ((PUPIL, *TERM, "--correct", "--reason", "sakfel", "--as", "x9x9x"), "ingen i content/people har det id:t"),
        ((PUPIL, *TERM, "--correct", "--reason", "sakfel", "--as", MENTOR), "planen är inte fastställd"),
        ((PUPIL, "--term", "VT 2026", "--correct", "--reason", "sakfel", "--as", MENTOR), "för en annan termin"),
        (("x1x1x", *TERM, "--correct", "--reason", "sakfel", "--as", MENTOR), "ingen plan finns för"),
    ],
)
def test_a_correction_says_what_of_and_why(small: Place, arguments: tuple[str, ...], said: str) -> None:
    done = small.run("finalise", *arguments)
    assert done.code == 2
    assert said in done.err


WRONG: dict[str, tuple[tuple[str, str], str]] = {
    "barn": (("barn: Noel", "barn: Nils"), "rättelse-omfång"),
    "läge": (("läge: fastställd", "läge: delad"), "rättelse-omfång"),
    "the term": (("termin: HT 2026", "termin: VT 2027"), "rättelse-omfång"),
    "the form": (("mall: iup-1-3@1", "mall: iup-4-6@1"), "rättelse-omfång"),
    "another's omdöme": (("nivå: mer_än_godtagbara", "nivå: godtagbara"), "rätt-saknas"),
    "in another's name": ((AGREED, RIGHT.replace("av: t3m8k", f"av: {SPORTS}")), "av-någon-annan"),
    "on the former day": ((AGREED, RIGHT.replace(f"datum: {DAY}", "datum: 2026-11-16")), "datum-bakåt"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_may_not_be_corrected_is_told_with_its_place_and_nothing_is_done(own: Place, what: str) -> None:
    change, rule = WRONG[what]
    head = git(own.site, "rev-parse", "HEAD").out
    clerk(own).edit(PLAN, change)
    done = own.run(*CORRECT, "--reason", "skrivfel")
    assert (done.code, f"[{rule}]" in done.err) == (1, True), done.err
    assert git(own.site, "rev-parse", "HEAD").out == head


FORGED: dict[str, tuple[Callable[[str], str], str]] = {
    "another reason": (lambda m: m.replace("skrivfel", "sakfel"), "kontorets-underskrift"),
    "another day": (lambda m: m.replace(f"Dag: {DAY}", "Dag: 2026-11-23"), "kontorets-underskrift"),
    "another person": (lambda m: m.replace(f"Av: {MENTOR}", f"Av: {SPORTS}"), "svar-rader"),
    "no reason of ours": (lambda m: m.replace("skrivfel", "lust"), "svar-rader"),
    "no lines": (lambda _: "Rättat\n", "rätt-saknas"),
    "as it was": (lambda m: m, ""),
}


def test_the_door_lets_in_what_the_office_has_signed_and_nothing_else(own: Place) -> None:
    server = served(own)
    for what, (forge, rule) in FORGED.items():
        mentor = server.clone(MENTOR, what.replace(" ", "-"))
        mentor.edit(PLAN, (AGREED, RIGHT))
        mentor.commit(forge(signing.correction(mentor, MENTOR)), "--cleanup=verbatim")
        assert rules(mentor) == ([rule] if rule else []), what


def test_even_the_office_s_signature_corrects_no_more_than_a_correction_can(own: Place) -> None:
    server = served(own)
    other = f"content/pupils/{PUPIL}/goals.yaml"
    for what, (change, rule) in WRONG.items():
        clone = server.clone(MENTOR, what.replace(" ", "-").replace("'", ""))
        clone.edit(PLAN, change)
        clone.commit(signing.correction(clone, MENTOR))
        assert rule in rules(clone), what
    for path in (other, "content/municipality.yaml"):
        clone = server.clone(MENTOR, path.replace("/", "-"))
        clone.edit(PLAN, (AGREED, RIGHT))
        clone.edit(path, ("", "# en rad\n"))
        clone.commit(signing.correction(clone, MENTOR))
        assert set(rules(clone)) == {"rättelse-omfång"}, path


def test_a_correction_comes_in_once(own: Place) -> None:
    server = served(own)
    first = server.clone(MENTOR)
    first.edit(PLAN, (AGREED, RIGHT))
    message = signing.correction(first, MENTOR)
    first.commit(message)
    assert rules(first) == []
    first.edit(PLAN, (RIGHT, AGREED.replace("2026-11-16", DAY)))
    first.commit(signing.correction(first, MENTOR))
    assert rules(first) == []
    first.edit(PLAN, (AGREED.replace("2026-11-16", DAY), RIGHT))
    first.commit(message)
    assert rules(first) in (["redan-infört"], ["kontorets-underskrift"])


@pytest.mark.parametrize(
    "point", ["iup.system.git.commit.land", "iup.system.git.commit.follow", "iup.archive.correct.keep_now"]
)
def test_a_correction_that_is_killed_is_finished_by_the_next(own: Place, point: str) -> None:
    clerk(own).edit(PLAN, (AGREED, RIGHT))
    arguments: tuple[Any, ...] = (*CORRECT, "--reason", "skrivfel", "--as-of", DAY)
    assert killed_before(own, point, *arguments) == KILLED
    done = own.run(*CORRECT, "--reason", "skrivfel")
    assert done.code == 0, done.err
    assert [entry["event"] for entry in entries(own)].count("rättad") == 1
    assert git(own.site, "status", "--short").out == ""
    assert git(own.site, "log", "--format=%s", "--grep=^rättad").out.count("\n") == 1
    assert faults(own) == ""


def test_nothing_to_correct_is_said(own: Place) -> None:
    done = own.run(*CORRECT, "--reason", "skrivfel")
    assert (done.code, "inget i planen är ändrat" in done.err) == (2, True)
