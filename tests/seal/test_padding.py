from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iup.seal.padding import padme

EVERY_SMALL_LENGTH = range(70_000)


# Worked out by hand from the paper: keep as many leading bits as the exponent has bits, round up the rest.
@pytest.mark.parametrize(
    ("length", "padded"),
    [(0, 0), (1, 1), (8, 8), (9, 10), (100, 104), (129, 144), (1_000, 1_024), (1_000_000, 1_015_808)],
)
def test_known_lengths(length: int, padded: int) -> None:
    assert padme(length) == padded


def test_never_shorter_and_at_most_twelve_percent_longer() -> None:
    assert all(length <= padme(length) <= length * 1.12 for length in EVERY_SMALL_LENGTH)


def test_a_longer_text_is_never_padded_to_less() -> None:
    padded = [padme(length) for length in EVERY_SMALL_LENGTH]
    assert padded == sorted(padded)


def test_few_lengths_remain() -> None:
    assert len({padme(length) for length in EVERY_SMALL_LENGTH}) < 250


@given(st.integers(min_value=0, max_value=2**40))
def test_a_padded_length_is_padded_to_itself(length: int) -> None:
    assert padme(padme(length)) == padme(length)
