"""What tests of faults share: a build that has something to make, and a temporary directory of a test's own."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.conftest import own_copy
from tests.support.faults import alone, rewrite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Place


@pytest.fixture
def mounts() -> None:
    """Skip where no file system may be mounted, not even in a namespace of one's own."""
    if not shutil.which("unshare") or alone("mount -t tmpfs none /mnt").returncode:
        pytest.skip("this machine lets nobody mount a file system in a namespace")


@pytest.fixture
def pending(small: Place, tmp_path: Path) -> Iterator[Place]:
    """Return a built class of the test's own whose next build has Noel's six readers to make files for."""
    with own_copy(small, tmp_path) as place:
        rewrite(place, "nu")
        yield place


@pytest.fixture
def temporary(tmp_path: Path) -> Iterator[Path]:
    directory = tmp_path / "t"
    directory.mkdir()
    yield directory
    for home in directory.glob("iup-*/*/h"):
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, capture_output=True)
