"""How many cases the long tests take: a few in every run, the full number by `make campaign`. Seeds make them again."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
MOST_SECONDS = 1.0  # of processor, for one input

# One number moves every generated case; what a run found is found again with the seed that its message names.
SEED = int(os.environ.get("IUP_SEED", "0"))


def soon(work: Callable[[], T]) -> tuple[T, float]:
    """Do some work and return what it made and the seconds of processor it took.

    What took too long is done twice more, and the least counts: a slow input is slow each time, and any work may be
    once, on a crowded machine.
    """
    made, seconds = _timed(work)
    for _ in range(2):
        if seconds >= MOST_SECONDS:
            seconds = min(seconds, _timed(work)[1])
    return made, seconds


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    begun = time.process_time()
    made = work()
    return made, time.process_time() - begun


def cases(quick: int, full: int) -> pytest.MarkDecorator:
    """Run a test with `cases` as one number in every run and as another in the campaign."""
    return pytest.mark.parametrize(
        "cases",
        [pytest.param(quick, id=f"{quick}"), pytest.param(full, id=f"{full}", marks=pytest.mark.campaign)],
    )
