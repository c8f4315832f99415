"""Who may do what: the whole matrix as a golden file, and the cases that people ask about, each with its rule."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.conftest import DAY, ROOT, iup

if TYPE_CHECKING:
    from collections.abc import Callable


@cache
def answers_to(pupil: str, reader: str, *narrowed: str) -> dict[str, str]:
    """Return what `explain` answers: `namn: läsa` → `ja [regel]`."""
    done = iup("explain", "--site", ROOT, "--as-of", DAY, "--pupil", pupil, "--reader", reader, *narrowed)
    assert done.code == 0, done.err
    answers = {}
    name = ""
    for line in done.out.splitlines()[1:]:
        name = line[2:36].strip() or name
        action, _, rest = line[36:].strip().partition(": ")
        answers[f"{name}: {action}"] = rest[: rest.index("]") + 1]
    return answers


def explained(pupil: str, reader: str, field: str) -> dict[str, str]:
    """Return the answers about one field, subject or goal."""
    everything = answers_to(pupil, reader)
    return {name: answer for name, answer in everything.items() if field in name.rsplit(":", 1)[0].split("/")}


def test_asking_about_one_field_gives_its_part_of_all_the_answers() -> None:
    narrowed = answers_to("r9e2h", "g4s7e", "--field", "Idrott och hälsa")
    assert narrowed
    assert narrowed == explained("r9e2h", "g4s7e", "Idrott och hälsa")


def test_the_access_matrix_is_the_one_that_was_read_and_approved(golden: Callable[[str, str], None]) -> None:
    done = iup("explain", "--site", ROOT, "--as-of", DAY, "--matrix")
    assert done.code == 0, done.err
    golden("access-matrix.txt", "\n".join(line.rstrip() for line in done.out.splitlines()) + "\n")


def test_separated_guardians_read_their_own_preparation_and_not_the_other_s() -> None:
    for reader, other in (("u2r9p", "s7d5j"), ("s7d5j", "u2r9p")):
        answers = explained("c8f3t", reader, "förberedelse_hemmet")
        assert answers[f"fält/förberedelse_hemmet/{reader}: läsa"] == "ja [hemmet-läser]"
        assert answers[f"fält/förberedelse_hemmet/{other}: läsa"] == "nej [mallen:förberedelse_hemmet]"
        assert f"fält/förberedelse_hemmet/{other}: skriva" not in answers


@pytest.mark.parametrize("field", ["namn", "skola", "plan", "insatser", "m2"])
def test_a_guardian_whose_custody_ended_has_no_right_to_anything(field: str) -> None:
    answers = explained("r9e2h", "h9v6z", field)
    assert set(answers.values()) == {"nej [ingen-relation]"}


@pytest.mark.parametrize("field", ["plan", "Idrott och hälsa", "m1"])
def test_a_teacher_whose_relation_ended_reads_not_even_what_they_wrote(field: str) -> None:
    assert set(explained("k7q2m", "d9k3v", field).values()) == {"nej [ingen-relation]"}


def test_a_subject_teacher_reads_and_writes_their_own_subject_in_a_draft_and_no_other() -> None:
    answers = explained("r9e2h", "g4s7e", "omdöme")
    own = {name: answer for name, answer in answers.items() if "Idrott och hälsa" in name}
    assert own == {
        "omdöme/Idrott och hälsa: läsa": "ja [ämnet-läser-utkast]",
        "omdöme/Idrott och hälsa: skriva": "ja [ämnet-skriver]",
        "omdöme/Idrott och hälsa: ta bort": "ja [ämnet-tar-bort]",
    }
    others = {name: answer for name, answer in answers.items() if name not in own}
    assert len(others) >= 6
    assert set(others.values()) == {"nej [stängt]"}


@pytest.mark.parametrize("field", ["plan", "insatser", "Svenska", "m1"])
@pytest.mark.parametrize("reader", ["k5r3b", "r9e2h"])
def test_a_draft_is_closed_to_the_home(reader: str, field: str) -> None:
    answers = explained("r9e2h", reader, field)
    assert {answer for name, answer in answers.items() if name.endswith("läsa")} == {"nej [stängt]"}


def test_a_shared_goal_beside_a_draft_is_open_to_the_home() -> None:
    assert explained("r9e2h", "k5r3b", "m2")["mål/m2: läsa"] == "ja [hemmet-läser]"


@pytest.mark.parametrize("reader", ["w2g9n", "f9w3c", "m5c3t", "x8p6h", "h6d2q"])
def test_the_school_of_a_protected_pupil_is_told_to_nobody(reader: str) -> None:
    assert explained("w2g9n", reader, "skola") == {"skola: läsa": "nej [stängt]"}
    assert explained("w2g9n", reader, "namn") == {"namn: läsa": "ja [namn]"}


def test_contact_data_is_for_the_mentor_and_oneself() -> None:
    for reader, rule in (
        ("t3m8k", "ja [mentorn-når-hemmet]"),
        ("s7d5j", "nej [stängt]"),
        ("u2r9p", "ja [egen-kontakt]"),
    ):
        assert explained("c8f3t", reader, "kontakt")["kontakt/u2r9p: läsa"] == rule


def test_a_guardian_writes_for_a_pupil_only_while_the_pupil_cannot() -> None:
    cannot = explained("a6n4x", "e5h7w", "förberedelse_eleven")
    assert cannot["fält/förberedelse_eleven: skriva"] == "ja [hemmet-skriver]"
    can = explained("c8f3t", "s7d5j", "förberedelse_eleven")
    assert can == {"fält/förberedelse_eleven: läsa": "ja [hemmet-läser]"}
    assert (
        explained("c8f3t", "c8f3t", "förberedelse_eleven")["fält/förberedelse_eleven: skriva"] == "ja [hemmet-skriver]"
    )
