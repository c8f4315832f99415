"""`build.py`, with files that are made in no time: what it costs to work out, keep and deliver them, and nothing else.

    python bench/at_once.py build --site DIRECTORY …

A sealed file is its name and the keyed hash of its content. A build by `build.py` keeps such files as it keeps any, so
that a municipality is measured unchanged and after an edit without its tens of thousands of files being made first.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from iup.build.pool import WorkerPool
from iup.cli import main as cli

if TYPE_CHECKING:
    from iup.documents.assets import Assets


def _at_once(self: WorkerPool, assets: Assets, jobs: int) -> None:
    del assets, jobs
    for file in self.files:
        self.take(file, f"{file.name} {file.content}".encode())


if __name__ == "__main__":
    WorkerPool.run = _at_once  # type: ignore[method-assign]
    raise SystemExit(cli.main())
