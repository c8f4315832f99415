"""Commits as they were pushed: what is no line about a person names nobody, and stops nothing."""

from __future__ import annotations

import pytest

from iup.system.git import history


@pytest.mark.parametrize(
    ("time", "known"), [("1795521600", True), ("9" * 19, False), ("9" * 5000, False), ("1²", False)]
)
def test_a_time_of_more_digits_than_a_number_has_is_no_time(time: str, known: bool) -> None:  # noqa: FBT001
    who = f"A B <a@b.example> {time} +0000"
    raw = f"tree {'0' * 40}\nauthor {who}\ncommitter {who}\n\nhej\n".encode()
    made = history.parse("0" * 40, raw)
    assert (made.author is not None, made.committer is not None) == (known, known)
