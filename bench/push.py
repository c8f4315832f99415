"""How long the server's hook takes, as ratios to the same push without it.

    python bench/push.py --pupils 16,6500 [--seed 1]

For each size an invented municipality is made in a temporary directory and put on a server (not measured). Then, in one
run: a mentor's push of one plan and a clerk's push of one school's file, with the hook and without, each twice. Writes
nothing but its table, to stdout.

CPU time is that of the whole process tree. On a busy machine CPU time and ratios say more than wall time.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from iup.checks.push.install import Vouching, install_door
from iup.demo.site import Size, generated

DAY = date(2026, 11, 24)
MENTOR, CLERK = "mentor", "clerk"


def git(where: Path, *arguments: str, account: str = "") -> None:
    """Run git as somebody with an account."""
    env = {**os.environ, "IUP_KONTO": account}
    who = ("-c", f"user.name={account}", "-c", f"user.email={account}@example.test")
    subprocess.run(["git", *who, *arguments], cwd=where, env=env, check=True, capture_output=True)


@dataclass
class School:
    """A municipality on a server, with two clones of it: a mentor's and a clerk's."""

    server: Path
    mentor: Path
    clerk: Path
    plan: str
    unit: str

    @property
    def hook(self) -> Path:
        """Where the server has its hook."""
        return self.server / "hooks" / "pre-receive"


def begin(where: Path, pupils: int, seed: int) -> School:
    """Make a municipality of a size, give two people accounts, and put it on a server with the hook."""
    site = generated(
        where / "made", DAY, Size(pupils=pupils, seed=seed), os.cpu_count() or 1, lambda *_: None
    ).site.root
    unit = min((site / "content" / "schools").glob("*.yaml"))
    text = unit.read_text(encoding="utf-8")
    mentor = re.search(r"mentor:\s+- \{person: (\w+)", text) or re.search(r"mentor:\s+- person: (\w+)", text)
    assert mentor
    group = text[mentor.start() :]
    drafts = [p for p in re.findall(r"elev: (\w+)", group) if _is_open(site, p)]
    principal = re.search(r"rektor:\s+- \{?person: (\w+)", text)
    assert principal
    with (site / "content" / "municipality.yaml").open("a", encoding="utf-8") as municipality:
        municipality.write(f"kontorets_personal:\n  - {{person: {principal[1]}, från: 2022-08-08}}\n")
    rows = ((mentor[1], MENTOR), (principal[1], CLERK))
    roster = "".join(f"  - {{person: {p}, e-post: [{a}@example.test], konto: [{a}]}}\n" for p, a in rows)
    (site / "content" / "roster.yaml").write_text(f"personer:\n{roster}", encoding="utf-8")
    git(site, "add", "--all", account=CLERK)
    git(site, "commit", "--quiet", "--message", "konton", account=CLERK)
    git(where, "clone", "--quiet", "--bare", str(site), "server.git")
    for name in (MENTOR, CLERK):
        git(where, "clone", "--quiet", "server.git", name)
    install_door(where / "server.git", Vouching.KEYFILE)
    hook = where / "server.git" / "hooks" / "pre-receive"
    hook.write_text(hook.read_text().replace("hooks pre-receive", f"hooks pre-receive --as-of {DAY}"))
    paths = tuple(f"content/pupils/{pupil}/plan.yaml" for pupil in drafts)
    return School(where / "server.git", where / MENTOR, where / CLERK, paths[0], str(unit.relative_to(site)))


def _is_open(site: Path, pupil: str) -> bool:
    plan = site / "content" / "pupils" / pupil / "plan.yaml"
    return (
        plan.is_file() and re.search(r"läge: delad\nsamtal:\n  \w+: \S+ ", plan.read_text(encoding="utf-8")) is not None
    )


def timed(clone: Path, account: str) -> tuple[float, float]:
    """Push, and return wall and CPU seconds."""
    before, began = os.times(), time.perf_counter()
    git(clone, "push", "--quiet", "origin", "HEAD:main", account=account)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - began, cpu


def edit(clone: Path, path: str, old: str, new: str, account: str) -> None:
    """Commit a change of a file in somebody's clone."""
    file = clone / path
    text = file.read_text(encoding="utf-8")
    assert old in text, path
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    git(clone, "commit", "--quiet", "--all", "--message", "ändrat", account=account)


def measured(school: School) -> list[tuple[str, float, float]]:
    """Return a row for each push: what it was, wall and CPU seconds."""
    rows = []
    plan = (school.mentor / school.plan).read_text(encoding="utf-8")
    booked = re.search(r"samtal:\n  \w+: (\S+ \S+)", plan)
    assert booked, "a plan without a samtal"
    now = booked[1]
    for number, hook in enumerate((False, True, False, True)):
        aside = school.hook.with_suffix(".aside")
        if not hook:
            school.hook.rename(aside)
        later = now[:-1] + str((int(now[-1]) + 1) % 10)
        edit(school.mentor, school.plan, now, later, MENTOR)
        now = later
        rows.append((f"one plan, {'with' if hook else 'without'} the hook", *timed(school.mentor, MENTOR)))
        git(school.clerk, "pull", "--quiet", "--rebase", account=CLERK)
        edit(school.clerk, school.unit, "namn:", f"# {number}\nnamn:", CLERK)
        rows.append((f"one school, {'with' if hook else 'without'} the hook", *timed(school.clerk, CLERK)))
        git(school.mentor, "pull", "--quiet", "--rebase", account=MENTOR)
        if not hook:
            aside.rename(school.hook)
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pupils", default="16")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(f"{'pupils':>7}  {'push':32}{'wall s':>8}{'CPU s':>8}")
    for pupils in map(int, arguments.pupils.split(",")):
        with tempfile.TemporaryDirectory() as made:
            for what, wall, cpu in measured(begin(Path(made), pupils, arguments.seed)):
                print(f"{pupils:>7}  {what:32}{wall:>8.2f}{cpu:>8.2f}", flush=True)


if __name__ == "__main__":
    main()
