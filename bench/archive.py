"""What an archive costs as it grows: reading one pupil's, and purging one pupil with its proof.

    python bench/archive.py --pupils 1000,6500 --terms 12 [--seed 1] [--jobs 2] [--keep DIRECTORY]

For each size an invented municipality is made with its archive (`demo --pupils N --terms T`, without passphrases:
nobody is sealed to here), in a temporary directory, or in one that is kept and used again. Then the public commands are
run on it: `archive` for several pupils, whose median is told, and `retain purge --execute` for one who has left.
Writes nothing but its table, to stdout. Reading is told as a ratio to the first size. CPU time is that of the whole
process tree; on a busy machine it and the ratios say more than wall time.
"""

from __future__ import annotations

import argparse
import ctypes
import re
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import nullcontext
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.run import DAY, Cost, measured
from iup.archive import ledger
from iup.demo import site as demo_site
from iup.demo.site import Size

_SUBREAPER = 36  # prctl(2), as in bench/run.py
_READ = 15  # pupils


def command(site: Path, *arguments: str) -> None:
    """Run a public command and stop the benchmark where it fails."""
    done = subprocess.run(
        [sys.executable, "build.py", *arguments, "--site", str(site)], cwd=ROOT, check=False, capture_output=True
    )
    if done.returncode:
        raise SystemExit(done.stderr.decode(errors="replace"))


def make(place: Path, size: Size, jobs: int) -> Cost:
    """Make a municipality with its archive."""
    demo_site._passphrases = lambda *_: None  # noqa: SLF001  a file for each of ten thousand homes, and no use here
    return measured(partial(_made, place, size, jobs))


def _made(place: Path, size: Size, jobs: int) -> None:
    demo_site.generated(place, DAY, size, jobs, lambda _done, _all: None)


def rows(place: Path, size: Size, jobs: int) -> list[tuple[str, Cost]]:
    """Measure one size."""
    found = []
    if not place.exists():
        found.append(("made", make(place, size, jobs)))
    pupils = sorted(ledger.heads(place / "office"))
    step = max(1, len(pupils) // _READ)
    costs = [measured(partial(command, place / "site", "archive", pupil)) for pupil in pupils[::step][:_READ]]
    found.append(
        (
            "read one",
            Cost(
                statistics.median(cost.cpu for cost in costs),
                statistics.median(cost.wall for cost in costs),
                max(cost.peak for cost in costs),
            ),
        )
    )
    gone = _leaver(place / "site" / "content", pupils)
    decided = ("--decision", "BUN 2026/1", "--as-of", str(DAY), "--execute")
    found.append(("purge one", measured(partial(command, place / "site", "retain", "purge", gone, *decided))))
    return found


def _leaver(content: Path, pupils: list[str]) -> str:
    """Return a pupil who has left and has no namesake: another's name in other files is no proof of anything."""

    def name(path: Path) -> str:
        text = path.read_text(encoding="utf-8")
        return " ".join(re.findall(r"^ +(?:för|efter)namn: (.+)$", text, re.MULTILINE))

    told = Counter(map(name, (*content.glob("people/*.yaml"), *content.glob("pupils/*/pupil.yaml"))))
    files = {pupil: content / "pupils" / pupil / "pupil.yaml" for pupil in pupils}
    ended = re.compile(r"^ +till: ", re.MULTILINE)
    left = (pupil for pupil, path in files.items() if path.exists() and ended.search(path.read_text("utf-8")))
    return next(pupil for pupil in left if told[name(files[pupil])] == 1)


def main() -> None:
    """Measure each size and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pupils", default="1000,6500", help="sizes, with commas between")
    parser.add_argument("--terms", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="make the municipalities here, and use those that are here")
    arguments = parser.parse_args()
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    first: Cost | None = None
    with tempfile.TemporaryDirectory(prefix="b") if arguments.keep is None else nullcontext(arguments.keep) as top:
        for pupils in map(int, arguments.pupils.split(",")):
            place = Path(top) / str(pupils)
            found = rows(place, Size(arguments.terms, arguments.seed, pupils), arguments.jobs)
            commits = subprocess.run(
                ["git", "rev-list", "--all", "--count"],
                cwd=place / "office",
                check=True,
                capture_output=True,
                text=True,
            )
            print(f"\n{pupils} pupils, {arguments.terms} terms: {commits.stdout.strip()} commits.\n")
            print("| | CPU s | wall s | peak MB | CPU / first size |\n|---|---:|---:|---:|---:|")
            for name, cost in found:
                if name == "read one":
                    first = first or cost
                ratio = f"{cost.cpu / first.cpu:.2f}" if name == "read one" and first else ""
                print(f"| {name} | {cost.cpu:.2f} | {cost.wall:.1f} | {cost.peak:.0f} | {ratio} |", flush=True)


if __name__ == "__main__":
    main()
