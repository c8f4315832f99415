"""What the office signs, and the lines of a commit that has it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from iup.policy.change_statement import (
    REPLY_LINES,
    SignedChanges,
    StatementKind,
    key_payload,
    lines,
    looks_signed,
    mark,
    read_lines,
)

DAY = date(2026, 11, 24)
SAID: dict[str, Any] = {
    "kind": StatementKind.REPLY,
    "municipality": "Älvhamra kommun",
    "identity": "0" * 32,
    "sender": "e5h7w",
    "day": DAY,
    "pupil": "a6n4x",
    "changes": (),
}
VALUES = ("id", "avsändare", "kanal", "mottagare", "dag", "underskrift")


def test_a_statement_is_the_same_bytes_for_the_same_things() -> None:
    said = json.loads(SignedChanges(**SAID).payload)
    assert said == {
        "version": 2,
        "slag": "svar",
        "kommun": "Älvhamra kommun",
        "id": "0" * 32,
        "avsändare": "e5h7w",
        "dag": "2026-11-24",
        "elev": "a6n4x",
        "skäl": "",
        "kanal": "",
        "mottagare": "",
        "ändringar": [],
    }


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("kind", StatementKind.CORRECTION),
        *((part, "annat") for part in ("municipality", "identity", "sender", "pupil", "reason", "channel", "receiver")),
        ("day", date(2026, 11, 25)),
    ],
)
def test_each_part_of_it_counts(part: str, value: object) -> None:
    assert SignedChanges(**{**SAID, part: value}).payload != SignedChanges(**SAID).payload


def test_the_word_about_a_new_key_is_of_that_key_that_day_and_that_municipality() -> None:
    said = {key_payload(k, f, c, d) for k in "AB" for f in "12" for c in (b"x", b"y") for d in (DAY, date(2026, 1, 1))}
    assert len(said) == 16


def test_lines_are_read_as_they_were_written_and_in_no_other_form() -> None:
    written = lines(REPLY_LINES, *VALUES)
    assert read_lines(f"svar: x\n\n{written}", REPLY_LINES) == VALUES
    for wrong in (
        "",
        "svar: x",
        f"{written}\nmer",
        written * 2,
        written.replace(": ", ":"),
        written.replace("id", "i d"),
    ):
        assert read_lines(f"svar: x\n\n{wrong}", REPLY_LINES) is None, wrong


@pytest.mark.parametrize(
    ("message", "does"),
    [
        ("Efter samtalet", False),
        ("svar: 0f3c", False),
        ("Svarade på frågor: tre", False),
        ("Svar-Id: 1", True),
        ("Hej\n\nsvar-id: 1\n\nhej", True),
        ("  * Rättelse-Av: t3m8k", True),
        ("> SVAR - ID : 1", True),
        ("Svar‐Id：1", True),
    ],
)
def test_what_looks_like_a_line_of_the_office_s_is_taken_for_one(message: str, does: bool) -> None:  # noqa: FBT001
    assert looks_signed(message) is does


def test_a_mark_tells_ids_apart() -> None:
    assert mark("a") != mark("b")
    assert len(mark("a")) == 20
