"""Plain digits, and nothing that Python takes for digits besides."""

from __future__ import annotations

import pytest

from iup.text import digits


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_plain_digits(text: str, number: int) -> None:
    assert digits.number(text) == number


@pytest.mark.parametrize(
    "text", ["", "²", "٣", "３", "1_0", "+1", "-1", " 1", "1\n", "1.0", "0x1", "9" * 19, "9" * 5000]
)
def test_everything_else(text: str) -> None:
    assert digits.number(text) is None
