"""A machine at its limits: a disk that is full or may only be read, many runs, little memory, a clock that is wrong."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from iup.errors import ExitCode
from iup.keys.keyring import opened
from iup.keys.vault import open_vault
from tests.conftest import DAY, ROOT, Place, iup
from tests.support.faults import (
    JENNY,
    MENTOR,
    NOELS_READERS,
    agents_of,
    alone,
    assert_no_plaintext,
    gpg_that,
    is_whole,
    leftovers,
    nobody_left,
    python_that,
    result,
    said,
    start,
)

if TYPE_CHECKING:
    from pathlib import Path


WORKERS_DIED = "fel: arbetsprocesserna dog, så ingenting kunde göras (minnet kan vara slut)"
BUILD = (sys.executable, str(ROOT / "build.py"), "build", "--as-of", DAY, "--site")
ALONE = (*JENNY, "-j", "1")  # a worker is a second of imports


# A disk with 60 kB left beside the former result: some of the new files fit, not all. Then it grows.
FULL = """
site=$1 kept=$2; shift 2
cp -a "$site/output" "$kept/former"
mount -t tmpfs -o size=64m none "$site/output"
cp -a "$kept/former/." "$site/output"
used=$(df --output=used -k "$site/output" | tail -1)
mount -o "remount,size=$((used + 60))k" "$site/output"
"$@" "$site" 2>"$kept/err" && echo 0 || echo $?
cp -a "$site/output" "$kept/full"
mount -o remount,size=64m "$site/output"
"$@" "$site" 2>>"$kept/err" && echo 0 || echo $?
cp -a "$site/output" "$kept/healed"
"""


@pytest.mark.usefixtures("mounts")
def test_a_disk_that_is_truly_full(pending: Place, tmp_path: Path) -> None:
    before = result(pending)
    done = alone(FULL, pending.site, tmp_path, *BUILD[:-1], *ALONE, BUILD[-1])
    assert done.stdout.split() == [str(int(ExitCode.OUTPUT)), "0"], (tmp_path / "err").read_text(encoding="utf-8")
    assert "No space left" in (tmp_path / "err").read_text(encoding="utf-8")
    for state in ("full", "healed"):
        shutil.rmtree(pending.site / "output")
        (tmp_path / state).rename(pending.site / "output")
        assert is_whole(pending), state
        assert leftovers(pending) == [], state
        assert (result(pending) == before) == (state == "full")
        assert_no_plaintext(pending, tmp_path / "nowhere", done.stderr)


READ_ONLY = """
mount --bind "$1/output" "$1/output"
mount -o remount,bind,ro "$1/output"
shift
"$@"
"""


@pytest.mark.usefixtures("mounts")
def test_an_output_that_may_only_be_read(pending: Place) -> None:
    before = result(pending)
    done = alone(READ_ONLY, pending.site, *BUILD, pending.site)
    assert done.returncode == ExitCode.OUTPUT, done.stderr
    assert done.stderr.startswith("fel: katalogen ")
    assert result(pending) == before
    assert agents_of(pending) == []


def test_an_output_that_is_a_file(pending: Place) -> None:
    (pending.site / "output").rename(pending.root / "kept")
    (pending.site / "output").write_text("", encoding="ascii")
    done = pending.run("build")
    assert done.code == ExitCode.OUTPUT
    assert len(said(done)) == 1
    (pending.site / "output").unlink()
    (pending.root / "kept").rename(pending.site / "output")
    assert is_whole(pending)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")  # noqa: PTH110  a device
def test_nobody_can_be_told(pending: Place) -> None:
    """What was built stands, also where standard output is full; the exit code says that it was not told."""
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123  a device
        done = subprocess.run(
            [*BUILD, str(pending.site), *MENTOR, "--json"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == ExitCode.OUTPUT, done.stderr
    assert "Traceback" not in done.stderr
    assert is_whole(pending)


@pytest.mark.parametrize("runs", [4, pytest.param(12, marks=pytest.mark.campaign)])
def test_many_builds_at_once(pending: Place, temporary: Path, tmp_path: Path, runs: int) -> None:
    begun, go_on = tmp_path / "begun", tmp_path / "go-on"
    os.mkfifo(go_on)
    slow = f'case "$*" in *--decrypt*) : >{begun}.$$; read _ <{go_on};; esac\nexec $real "$@"\n'
    env = {"TMPDIR": str(temporary), **gpg_that(tmp_path / "bin", slow)}
    all_of_them = [start(pending, "--json", env=env) for _ in range(runs)]
    holder = None
    while holder is None:  # all but one end by themselves
        still = [run for run in all_of_them if run.lasted(0.05)]
        holder = still[0] if len(still) == 1 else None
        assert still, "nobody held the lock"
    assert holder.wait_for(lambda: bool(list(tmp_path.glob("begun.*"))))
    go_on.write_bytes(b"\n")
    ended = {run.program.pid: run.end() for run in all_of_them}
    won = ended.pop(holder.program.pid)
    assert won.code == 0, won.err
    assert {done.code for done in ended.values()} == {ExitCode.LOCKED}
    assert {done.out for done in ended.values()} == {""}
    assert len(list(tmp_path.glob("begun.*"))) == 1, "one alone opened the vault"
    assert is_whole(pending)
    named = {name for names in json.loads(won.out)["files"].values() for name in names}
    assert result(pending).keys() == named | {"manifest.json", "manifest.json.asc"}
    assert leftovers(pending) == []
    assert list(temporary.iterdir()) == []


# What is done in each worker when it has been made ready.
IN_WORKERS = """
import resource, sys
if any("forkserver" in word for word in sys.orig_argv):
    limit = resource.setrlimit
    def setrlimit(what, limits):
        limit(what, limits)
        if what == resource.RLIMIT_CORE:
            prepared()
    resource.setrlimit = setrlimit
"""

# Each worker may have one megabyte more than it has then.
NO_MEMORY = """
def prepared():
    pages = int(open("/proc/self/statm").read().split()[0])
    most = pages * resource.getpagesize() + 2**20
    limit(resource.RLIMIT_AS, (most, most))
"""

# Each document meets what is raised where there is no memory: by Python, C code, the system, a thread.
MEMORY_ENDS = """
def prepared():
    import errno, itertools, threading, iup.build.worker
    errors = itertools.cycle([MemoryError(), SystemError("no exception set"), OSError(errno.ENOMEM, ""), None])
    def make_document(task):
        if error := next(errors):
            raise error
        threading.stack_size(2**47)  # the whole address space
        threading.Thread(target=print).start()
    iup.build.worker.make_document = make_document
"""

# The first workers die before they have taken a document, or with one in their hands that they have not told of.
DEATHS = """
def prepared():
    import os, pebble.pool.process as pool
    real = pool.{call}
    def dies(channel):
        if len(os.listdir({dead!r})) < {deaths}:
            open(os.path.join({dead!r}, str(os.getpid())), "x").close()
            {how}
        return real(channel)
    pool.{call} = dies
"""


def test_what_is_raised_where_memory_ends(pending: Place, tmp_path: Path) -> None:
    before = result(pending)
    done = pending.run("build", "--json", "-j", "1", env=python_that(tmp_path / "py", IN_WORKERS + MEMORY_ENDS))
    assert done.code == ExitCode.OUTPUT, done.err
    assert said(done) == [WORKERS_DIED]
    assert result(pending) == before, "nothing could be made, and nobody loses what they had"
    assert leftovers(pending) == []


@pytest.mark.parametrize(
    ("call", "deaths", "how", "code"),
    [
        ("fetch_task", 2, "os._exit(9)", ExitCode.OK),
        ("fetch_task", 1000, "os._exit(9)", ExitCode.OUTPUT),
        # The library never tells of it, so that it takes a minute before the workers are begun anew.
        pytest.param("task_transaction", 1, "channel.recv(); os._exit(9)", ExitCode.OK, marks=pytest.mark.campaign),
    ],
)
def test_workers_that_die_between_documents(  # noqa: PLR0913  what is tried, as a table
    pending: Place, temporary: Path, tmp_path: Path, call: str, deaths: int, how: str, code: ExitCode
) -> None:
    before, dead = result(pending), tmp_path / "dead"
    dead.mkdir()
    fault = IN_WORKERS + DEATHS.format(call=call, deaths=deaths, how=how, dead=str(dead))
    env = {"TMPDIR": str(temporary), **python_that(tmp_path / "py", fault)}
    run = start(pending, *JENNY, env=env)
    done = run.end()
    assert len(list(dead.iterdir())) >= min(deaths, 3)
    assert done.code == code, done.err
    assert said(done) == ([WORKERS_DIED] if code else [])
    assert (result(pending) == before) == bool(code)
    assert is_whole(pending)
    assert nobody_left(run)
    assert leftovers(pending) == []
    assert list(temporary.iterdir()) == []


@pytest.mark.campaign  # where memory ends is not the same each time, and what is lost on its way takes minutes
def test_workers_without_memory(pending: Place, temporary: Path, tmp_path: Path) -> None:
    before = result(pending)
    env = {"TMPDIR": str(temporary), **python_that(tmp_path / "py", IN_WORKERS + NO_MEMORY)}
    run = start(pending, "--json", env=env)
    done = run.end()
    # Who dies with a document costs its readers; where nobody lives long enough to take one, the run ends.
    assert done.code in {ExitCode.PARTIAL, ExitCode.OUTPUT}, done.err
    assert said(done)
    assert "minnet kan vara slut" in done.err
    if done.code == ExitCode.PARTIAL:
        assert json.loads(done.out)["failed"].keys() <= NOELS_READERS
    else:
        assert result(pending) == before
    assert nobody_left(run)
    assert is_whole(pending)
    assert list(temporary.iterdir()) == []
    assert_no_plaintext(pending, temporary, done.out, done.err)
    assert pending.run("build").code == 0
    assert is_whole(pending)


def test_the_office_goes_in_the_middle(pending: Place, tmp_path: Path) -> None:
    before = result(pending)
    away = pending.root / "away"
    move = f'case "$*" in *--encrypt*) mv {pending.office} {away} 2>/dev/null || :;; esac\nexec $real "$@"\n'
    env = gpg_that(tmp_path / "bin", move)
    (tmp_path / "bin" / "mv").symlink_to("/bin/mv")
    run = start(pending, *MENTOR, env=env)
    done = run.end()
    assert done.code in {ExitCode.MISSING, ExitCode.PARTIAL}, done.err
    assert said(done)
    assert nobody_left(run)
    assert is_whole(pending)
    assert leftovers(pending) == []
    if done.code == ExitCode.MISSING:
        assert result(pending) == before
    away.rename(pending.office)
    assert pending.run("build", *MENTOR).code == 0
    assert is_whole(pending)
    assert agents_of(pending) == []


def test_an_agent_of_an_office_that_was_away(place: Place, tmp_path: Path) -> None:
    """An agent that was reached by a path that is gone answers for a home without keys, until somebody ends it."""
    home, link = place.office / "keyhome" / "office", tmp_path / "h"
    link.symlink_to(home)
    subprocess.run(["gpgconf", "--homedir", str(link), "--launch", "gpg-agent"], check=True, capture_output=True)
    asked = ["gpg-connect-agent", "--no-autostart", "--homedir", str(link), "GETINFO pid", "/bye"]
    answer = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    assert "OK" in answer
    link.unlink()
    done = place.run("build", "--dry-run")
    assert done.code == 0, done.err
    assert not (home / "S.gpg-agent").exists()


def test_the_last_to_use_an_office_ends_its_agents(place: Place) -> None:
    with opened(place.office) as own:
        open_vault(own)
        with opened(place.office):
            assert agents_of(place) != [], "whoever comes leaves it to those who use it"
        assert agents_of(place) != [], "and so does whoever goes"
    assert agents_of(place) == []


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("command", ["build --dry-run", "status", "keys check", "check"])
def test_the_ends_of_the_calendar(built: Place, command: str, day: str) -> None:
    done = iup(*command.split(), "--site", built.site, "--as-of", day)
    assert done.code in {ExitCode.OK, ExitCode.CONTENT}, done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("epoch", "code"),
    [("0", ExitCode.CONTENT), *((epoch, ExitCode.USAGE) for epoch in ("253402300799", "9" * 30, "²", "١٢٣", "noon"))],
)
def test_a_clock_far_off(built: Place, epoch: str, code: ExitCode) -> None:
    done = iup("build", "--dry-run", "--site", built.site, env={"SOURCE_DATE_EPOCH": epoch})
    assert done.code == code, done.err
    assert done.err.startswith("fel: ") or code == ExitCode.CONTENT
    assert is_whole(built)
