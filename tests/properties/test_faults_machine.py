"""The machine at fault, and told as that: an office that is full or read-only, streams, signals, a zone that is none.

A command runs as the shell starts it: what is wrong with a process from its start cannot be given to a fork.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from iup.errors import ExitCode
from tests.conftest import DAY, ROOT, Done, iup
from tests.support.faults import alone, python_that

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Place

PROGRAM = (sys.executable, str(ROOT / "build.py"))
READ_ONLY = """
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
shift
"$@"
"""
FULL = """
kept=$(mktemp -d)
cp -a "$1/." "$kept"
mount -t tmpfs -o size=64m none "$1"
cp -a "$kept/." "$1"
rm -r "$kept"
dd if=/dev/zero of="$1/fill" bs=64k 2>/dev/null || true
dd if=/dev/zero of="$1/fill2" bs=1k 2>/dev/null || true
shift
"$@"
"""
COMMANDS = ["keys check", "receive --list", "share a6n4x"]


def started(script: str, *arguments: str | Path, env: dict[str, str] | None = None) -> Done:
    """Run the program by a line of shell: `$@` is the program and its words."""
    words = ["sh", "-c", script, "sh", *PROGRAM, *map(str, arguments)]
    done = subprocess.run(
        words, cwd=ROOT, env={**os.environ, **(env or {})}, capture_output=True, text=True, timeout=300, check=False
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.usefixtures("mounts")
@pytest.mark.parametrize(
    ("fault", "said"), [(READ_ONLY, "Read-only file system"), (FULL, "No space left on device")], ids=["ro", "full"]
)
def test_an_office_that_is_full_or_read_only_is_no_lost_key(place: Place, fault: str, said: str) -> None:
    for command in COMMANDS:
        done = alone(fault, place.office, *PROGRAM, *command.split(), "--site", place.site, "--as-of", DAY)
        assert done.returncode == ExitCode.OUTPUT, (command, done.stderr)
        first = done.stderr.splitlines()[0]
        assert first.startswith(f"fel: katalogen {place.office}"), command
        assert first.endswith(said), command
        assert "nyckel som" not in done.stderr, command
        assert "Traceback" not in done.stderr
    assert list(place.office.glob("keyhome/*/.iup-*")) == [], "the trial leaves nothing"
    found = iup("keys", "check", "--site", place.site, "--as-of", DAY)
    assert found.code == 0, "and the key is there"


UNREADABLE = """
import errno, os, pathlib
read = pathlib.Path.read_bytes
def failing(path):
    if path.name == "office.yaml":
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    return read(path)
pathlib.Path.read_bytes = failing
"""


def test_a_disk_that_cannot_be_read_is_neither_a_lost_key_nor_our_fault(place: Place, tmp_path: Path) -> None:
    env = python_that(tmp_path / "py", UNREADABLE)
    done = started('exec "$@"', "keys", "check", "--site", place.site, "--as-of", DAY, env=env)
    assert done.code == ExitCode.OUTPUT
    assert done.err.startswith("fel: datorn hindrade körningen: Input/output error\n  tips: ")


STATUS = ("status", "--as-of", DAY, "--site")


def test_a_closed_stderr_changes_nothing_but_that_nothing_is_said(built: Place, tmp_path: Path) -> None:
    right = iup(*STATUS, built.site)
    done = started('exec "$@" 2>&-', *STATUS, built.site)
    assert (done.code, done.out) == (0, right.out)
    assert started('exec "$@" 2>&-', "nonsense").code == ExitCode.USAGE
    assert started('exec "$@" 2>&-', *STATUS, tmp_path).code == ExitCode.USAGE
    assert started('exec "$@" 2>&- <&-', *STATUS, built.site).code == 0


def test_nothing_that_is_said_ends_up_in_a_file(place: Place) -> None:
    done = started('exec "$@" 2>&- <&-', "keys", "new-passphrase", "e5h7w", "--site", place.site, "--as-of", DAY)
    assert done.code == 0
    for path in place.office.rglob("*"):
        assert not path.is_file() or b"Nya ord" not in path.read_bytes()


@pytest.mark.parametrize("how", ["2>/dev/full", "2>&-", "2>/dev/null"])
def test_the_exit_code_is_the_same_wherever_words_go(how: str) -> None:
    assert started(f'exec "$@" {how}', "explain", "no-such-rule").code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (">&-", STATUS),
        (">/dev/full", STATUS),
        (">&-", ("--help",)),
        (">/dev/full", ("--help",)),
        (">&- 2>&-", ("explain",)),
        (">/dev/full 2>/dev/full", ("--version",)),
    ],
    ids=str,
)
def test_an_answer_that_cannot_be_given_is_told_by_the_exit_code(
    built: Place, how: str, words: tuple[str, ...]
) -> None:
    done = started(f'exec "$@" {how}', *words, *((built.site,) if words == STATUS else ()))
    assert done.code == ExitCode.OUTPUT, done.err
    assert "Traceback" not in done.err
    assert "Exception ignored" not in done.err
    assert "programmet har ett fel" not in done.err


@pytest.mark.parametrize("words", ["--help", "explain", "--version"])
def test_a_reader_who_has_seen_enough_is_no_fault(words: str) -> None:
    done = started('{ "$@"; echo "$?" >&2; } | :', words)
    assert done.err == "0\n"


@pytest.mark.parametrize(("zone", "told"), [("Bogus", True), ("../../etc/passwd", True), ("Europe/Stockholm", False)])
def test_a_zone_that_is_none_is_told_and_passed_over(built: Place, zone: str, told: bool) -> None:  # noqa: FBT001
    done = started('exec "$@"', *STATUS, built.site, env={"TZ": zone})
    assert done.code == 0
    assert done.err.startswith("obs: TZ i miljön är ingen tidszon") == told


def test_where_ended_programs_are_ignored_their_exit_codes_still_count(built: Place, tmp_path: Path) -> None:
    """The system then keeps none, and Python takes each program to have ended well: no git repository, said nobody."""
    (tmp_path / "site" / "content").mkdir(parents=True)
    (tmp_path / "site" / "content" / "site.yaml").write_text("kontor: ../office\n", encoding="utf-8")
    (tmp_path / "office").symlink_to(built.office)
    for before in ("", "trap '' CHLD; "):
        done = started(f'{before}exec "$@"', "build", "--dry-run", "--site", tmp_path / "site")
        assert done.code == ExitCode.REPOSITORY, done.err
        assert "är inte en git-katalog" in done.err


@pytest.mark.parametrize("name", ["HUP", *(pytest.param(name, marks=pytest.mark.campaign) for name in ("INT", "TERM"))])
def test_a_signal_that_was_ignored_at_the_start_stays_so(place: Place, tmp_path: Path, name: str) -> None:
    """As under nohup, and in the background of a script."""
    when = f"import os, signal\nos.fsync = lambda _, real=os.fsync: (os.kill(os.getpid(), signal.SIG{name}), real(_))\n"
    env = python_that(tmp_path / "py", when)
    words = ("keys", "new-passphrase", "e5h7w", "--site", place.site, "--as-of", DAY)
    ignored = started(f"trap '' {name}; exec \"$@\"", *words, env=env)
    assert ignored.code == 0, ignored.err
    heeded = started(f'exec env --default-signal={name} "$@"', *words, env=env)  # the tests' own start may ignore it
    assert heeded.code == ExitCode.INTERRUPTED
