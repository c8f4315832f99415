"""How many cases the long tests take: a few in every run, the full number by `make campaign`. Seeds make them again."""

from __future__ import annotations

import os

import pytest

# One number moves every generated case; what a run found is found again with the seed that its message names.
SEED = int(os.environ.get("IUP_SEED", "0"))


def cases(quick: int, full: int) -> pytest.MarkDecorator:
    """Run a test with `cases` as one number in every run and as another in the campaign."""
    return pytest.mark.parametrize(
        "cases",
        [pytest.param(quick, id=f"{quick}"), pytest.param(full, id=f"{full}", marks=pytest.mark.campaign)],
    )
