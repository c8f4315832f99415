"""What the tests of faults share: a site with something to build, programs that fail, and what a run left behind."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tests.conftest import DAY, ROOT, Done, Place, signalled
from tests.support import preloaded

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable


NOEL, NOELS_PLAN = "a6n4x", "content/pupils/a6n4x/plan.yaml"
JENNY = ("--recipient", "e5h7w")  # few files, so that a build is cheap
MENTOR = ("--recipient", "t3m8k")  # one page with four plans, sealed by gpg
NOELS_READERS = {"a6n4x", "e5h7w", "t3m8k", "r4x8w", "j2y8c", "g4s7e"}


def rewrite(place: Place, marker: str) -> None:
    """Change a text in Noel's plan, so that the next build has something to make."""
    file = place.site / NOELS_PLAN
    text = re.sub(r"Noel kan (\w+ )?alla bokstavsljud", f"Noel kan {marker} alla bokstavsljud", file.read_text("utf-8"))
    file.write_text(text, encoding="utf-8")
    place.commit()


def result(place: Place) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in place.current.iterdir()}


def is_whole(place: Place) -> bool:
    """Say whether the result is there and every file of it is what the manifest says."""
    files = result(place)
    listed = {e["name"]: e["sha256"] for e in json.loads(files.pop("manifest.json"))["files"]}
    del files["manifest.json.asc"]
    return listed == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()} and bool(files)


def leftovers(place: Place) -> list[str]:
    """Return what lies in output/ beside the lock, the result and the link to it."""
    current = (place.site / "output" / "current").resolve().name
    return [p.name for p in (place.site / "output").iterdir() if p.name not in {".lock", ".memo", "current", current}]


def said(done: Done) -> list[str]:
    """Return the lines that say what is wrong; every one has to be ours, none a traceback."""
    assert "Traceback" not in done.err
    return [line for line in done.err.splitlines() if line.startswith("fel:")]


def tools(directory: Path, *names: str) -> Path:
    """Make a directory that holds these programs and no other, to be the whole PATH."""
    directory.mkdir()
    for name in names:
        found = shutil.which(name)
        assert found
        (directory / name).symlink_to(found)
    return directory


def python_that(directory: Path, fault: str) -> dict[str, str]:
    """Return the environment in which every Python process begins with a fault."""
    directory.mkdir()
    (directory / "sitecustomize.py").write_text(fault, encoding="utf-8")
    return {"PYTHONPATH": str(directory), "PYTHONDONTWRITEBYTECODE": "1"}


def gpg_that(directory: Path, script: str) -> dict[str, str]:
    """Return the environment in which gpg is another program; `$real` is the true one."""
    tools(directory, "gpg", "gpgconf", "git", "sh", "cat")
    real = str((directory / "gpg").readlink())
    (directory / "gpg").unlink()
    (directory / "gpg").write_text(f"#!/bin/sh\nreal={real}\n{script}", encoding="ascii")
    (directory / "gpg").chmod(0o755)
    return {"PATH": str(directory)}


def alone(script: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a shell script in a mount namespace of its own, which nobody else sees and which ends with it."""
    words = ["unshare", "--mount", "--map-root-user", "sh", "-euc", script, "sh", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, timeout=900, check=False)


@dataclass(frozen=True)
class Running:
    """A build under way in a process group of its own."""

    program: subprocess.Popen[bytes] | preloaded.Process
    # Files, not pipes: nobody reads while the run goes on, and whoever says much would wait for that.
    out: IO[str]
    err: IO[str]

    def ended_by(self, how: signal.Signals) -> Done:
        """Send a signal to every process of the run, as a terminal does, and return how it ended."""
        with suppress(ProcessLookupError):  # it had come to its end
            os.killpg(self.program.pid, how)
        return self.end()

    def end(self) -> Done:
        code = self.program.wait(timeout=900)
        assert nobody_left(self)
        for stream in (self.out, self.err):
            stream.seek(0)
        with self.out, self.err:
            return Done(code, self.out.read(), self.err.read())

    def wait_for(self, event: Callable[[], bool]) -> bool:
        """Watch until something has happened; false when the run ended before."""
        while self.lasted(0.003):
            if event():
                return True
        return event()

    def lasted(self, seconds: float) -> bool:
        """Let the run go on for a while; false when it ended before."""
        try:
            self.program.wait(seconds)
        except subprocess.TimeoutExpired:
            return True
        return False


def start(place: Place, *arguments: str, env: dict[str, str] | None = None, fault: str = "") -> Running:
    """Start a build; with `PYTHONPATH` in the environment it is Python that begins, and else a fork that has begun.

    `fault` is Python source that the build itself runs first, and its workers do not.
    """
    words = ["build", "--site", str(place.site), "--as-of", DAY, *arguments]
    whole = {**os.environ, **(env or {})}
    out, err = (tempfile.TemporaryFile("w+", encoding="utf-8") for _ in range(2))  # noqa: SIM115  closed in end()
    if "PYTHONPATH" not in (env or {}):
        return Running(preloaded.Process(words, whole, out.fileno(), err.fileno(), fault), out, err)
    build = signalled(sys.executable, ROOT / "build.py", *words)
    program = subprocess.Popen(build, env=whole, stdout=out, stderr=err, start_new_session=True)
    return Running(program, out, err)


STRUCK = """
import os, signal
call, left = os.{call}, [{before}]
def strike(path, *arguments, **named):
    if {on!r} in str(path):
        left[0] -= 1
        if left[0] == -1:
            {how}
    return call(path, *arguments, **named)
os.{call} = strike
"""
# To the whole process group, as a terminal does, or to the process alone.
ALL, ALONE = "os.killpg(0, signal.{})", "os.kill(os.getpid(), signal.{})"


def struck(call: str, before: int, how: str, on: str = "") -> str:
    """Return the fault by which a build gets a signal at its n-th such call; the same moment on any machine.

    `call` is a function of `os`, `on` a piece of the path that it is about.
    """
    return STRUCK.format(call=call, before=before, how=how, on=on)


def group(program: int) -> list[int]:
    """Return the processes of a run that are still there, by its process group."""
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, leader = stat.read_text().rsplit(")", 1)[1].split()[:3]
            if int(leader) == program and state != "Z":
                members.append(int(stat.parent.name))
    return members


def plaintext(place: Place) -> list[bytes]:
    """Return pieces of text that stand in Noel's and his classmates' plans and nowhere in the program."""
    pieces = []
    for path in sorted((place.site / "content" / "pupils").glob("*/plan.yaml")):
        lines = re.findall(r"^ {6,}(\S.{50,}\S)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        pieces += [line[:36].encode() for line in lines[:6]]
    pieces.append(b"alla bokstavsljud och l\xc3\xa4ser korta")
    return pieces


def assert_no_plaintext(place: Place, temporary: Path, *spoken: str) -> None:
    """Search everything that a run can have written, byte by byte, but the teachers' own files."""
    pieces = plaintext(place)
    assert len(pieces) >= 20
    anything = re.compile(b"|".join(map(re.escape, pieces)))
    assert anything.search((place.site / NOELS_PLAN).read_bytes()), "the search finds what is there"
    roots = [place.site / "output", place.site / ".git", place.office, temporary]
    files = [path for root in roots for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    for path in files:
        data = path.read_bytes()
        assert not anything.search(data), path
        assert not data.startswith(b"%PDF") or b"/Encrypt" in data, path
    assert not anything.search("".join(spoken).encode())
    # What lies in a private temporary directory: public certificates, gpg's random seed and locks, no document.
    # A lock that gpg was killed over keeps the name it is made under (`.#lk<address>.<host>.<process>`).
    kinds = {path.suffix for path in files if temporary in path.parents and not path.name.startswith(".#lk0x")}
    assert kinds <= {".gpg", ".kbx", ".kbx~", ".lock", ""}, kinds


def agents_of(place: Place) -> list[str]:
    """Return the command lines of processes that hold a home of this office, by its path or by a link to it."""
    found = []
    for cmdline in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = cmdline.read_bytes().decode(errors="replace").split("\0")
            if any(place.office in (Path(word), *Path(word).resolve().parents) for word in words if "/" in word):
                found.append(" ".join(words))
    return found


def nobody_left(run: Running) -> bool:
    """Wait until every process of a run has ended by itself."""
    for _ in range(1200):
        if not group(run.program.pid):
            return True
        time.sleep(0.05)
    return False
