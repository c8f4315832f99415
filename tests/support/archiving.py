"""What the tests of the archive share: git by itself, runs that are killed at a named point, and forgers."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

from tests.conftest import ROOT, Done, iup
from tests.support import preloaded
from tests.support.repository import git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Place

LEDGER, ARCHIVE = "refs/iup/ledger", "refs/iup/archive/"
KILLER = """
import importlib, os, signal
setattr(importlib.import_module({module!r}), {name!r}, lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL))
"""
KILLED = -9


def configure(place: Place) -> None:
    """Say who commits in the teachers' directory."""
    git(place.site, "config", "user.name", "Expeditionen")
    git(place.site, "config", "user.email", "exp@test.example")


def killed_before(place: Place, function: str, *arguments: str | Path) -> int:
    """Run a command that is killed when it is about to call a function; return how it ended."""
    module, _, name = function.rpartition(".")
    words = [*map(str, arguments), "--site", str(place.site)]
    return preloaded.run(words, ROOT, os.environ, fault=KILLER.format(module=module, name=name))[0]


def deliver(place: Place, target: Path) -> Done:
    done = place.run("deliver", target)
    assert done.code == 0, done.err
    return done


def verify(place: Place, *kept: Path) -> Done:
    return iup("archive", "verify", *kept, "--site", place.site)


def faults(place: Place) -> str:
    """Return what `archive verify` found; nothing when all is well."""
    done = verify(place)
    assert "Traceback" not in done.err
    assert done.code == (4 if done.out else 0), done.err
    return done.out


def refs(place: Place) -> dict[str, str]:
    """Return where everything below refs/iup/ stands."""
    listed = git(place.office, "for-each-ref", "--format=%(refname) %(objectname)", "refs/iup/").out
    return dict(line.split(" ") for line in listed.splitlines())


def entries(place: Place) -> list[dict[str, object]]:
    """Return what the ledger says, the oldest entry first."""
    listed = git(place.office, "rev-list", "--reverse", LEDGER, check=False).out.split()
    return [json.loads(git(place.office, "show", f"{oid}:entry.json").out) for oid in listed]


def kept(place: Place, pupil: str, path: str) -> str:
    """Return a file of a pupil's archive as it stands now."""
    return git(place.office, "show", f"{ARCHIVE}{pupil}:{path}").out


def every_object(place: Place) -> str:
    """Return the content of every object in the office's repository that is text."""
    listed = git(place.office, "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)").out
    names = [line.split()[0] for line in listed.splitlines() if line.endswith(("blob", "commit"))]
    done = subprocess.run(
        ["git", "cat-file", "--batch"],
        cwd=place.office,
        input="\n".join(names).encode(),
        capture_output=True,
        check=True,
    )
    return done.stdout.decode("utf-8", "replace")


def forged(place: Place, commit: str, *parents: str, tree: str = "") -> str:
    """Return a commit like another one, with other parents or another tree, and nobody's signature."""
    who = {f"GIT_{role}_{what}": "iup" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    above = [part for parent in parents for part in ("-p", parent)]
    return git(
        place.office, "commit-tree", tree or f"{commit}^{{tree}}", *above, "-m", "arkiv: utlämnad", env=who
    ).out.strip()
