"""A process's temporary directory is there as long as the process, and no longer."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from iup.errors import OutputError
from iup.system import programs, scratch
from tests.conftest import ROOT
from tests.support.sealing import gpg, gpg_home, new_key

if TYPE_CHECKING:
    from pathlib import Path

# Takes its place, says where it is, and waits to be told to end.
HOLDER = "from iup.system import scratch; print(scratch.place(), flush=True); input()"


# Signs by a key whose home has a long path, so that gpg reaches it by a link.
SIGNER = """
import sys
from pathlib import Path
from iup.seal import openpgp
openpgp.sign_as(b"text", Path(sys.argv[1]), sys.argv[2])
"""


def holder(temporary: Path) -> tuple[subprocess.Popen[str], str]:
    """Start a process that has a private directory, and return it with the directory's name."""
    program = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout
    return program, program.stdout.readline().strip().rpartition("/")[2]


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_it_goes_with_its_process(tmp_path: Path) -> None:
    program, name = holder(tmp_path)
    assert names(tmp_path) == {name}
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o700
    program.communicate("\n")
    assert program.returncode == 0
    assert names(tmp_path) == set()


def test_the_next_run_sweeps_after_the_dead_and_nobody_else(tmp_path: Path) -> None:
    dead, left = holder(tmp_path)
    dead.send_signal(signal.SIGKILL)
    dead.communicate()
    (tmp_path / left / "some.gpg").write_bytes(b"certificate")
    for name in ("iup-mybackup", "iup-abcdefgh", "iup-ideas"):
        (tmp_path / name).mkdir()  # somebody's own: no file says that it was a run's
    (tmp_path / "iup-abcdefgh" / "text").write_text("mine", encoding="ascii")
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "held").touch()
    (tmp_path / "iup-12345678").symlink_to(tmp_path / "far")
    others = names(tmp_path) - {left}
    living, stays = holder(tmp_path)
    assert names(tmp_path) == others | {stays}
    third, other = holder(tmp_path)
    assert names(tmp_path) == others | {stays, other}, "the directory of a living run is left alone"
    for program in (living, third):
        program.communicate("\n")
    assert names(tmp_path) == others
    assert (tmp_path / "iup-abcdefgh" / "text").read_text(encoding="ascii") == "mine"
    assert names(tmp_path / "far") == {"held"}


def test_agents_that_a_dead_run_left_are_ended(tmp_path: Path) -> None:
    dead, left = holder(tmp_path)
    dead.send_signal(signal.SIGKILL)
    dead.communicate()
    with gpg_home() as home:
        (tmp_path / left / "x").mkdir()
        (tmp_path / left / "x" / "h").symlink_to(home)
        fingerprint = new_key(home, "agent")
        # The agent that signed is reached through the link of the run that is no more.
        assert gpg(tmp_path / left / "x" / "h", "--local-user", fingerprint, "--sign", feed=b"text")
        asked = ["gpg-connect-agent", "--no-autostart", "--homedir", str(home), "GETINFO pid", "/bye"]
        assert b"OK" in subprocess.run(asked, capture_output=True, check=False).stdout
        holder(tmp_path)[0].communicate("\n")
        assert b"OK" not in subprocess.run(asked, capture_output=True, check=False).stdout
    assert names(tmp_path) == set()


def test_no_place_to_make_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(OutputError, match="tillfälliga filer"):
        scratch.place()


def test_a_key_in_a_home_with_a_long_path_is_there_for_the_next_run_too(tmp_path: Path) -> None:
    far = tmp_path / ("long" * 20) / "ring"
    with gpg_home() as home:
        key = new_key(home, "long", kinds=("ed25519", ""))
        shutil.copytree(home, far, ignore=shutil.ignore_patterns("S.*", ".#*"))
    far.chmod(0o700)
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", SIGNER, far, key], cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
    assert not [path for path in far.iterdir() if path.is_socket()], "an agent lives on"


def test_gpg_is_asked_to_end_something_only_where_something_may_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(programs, "run", lambda *words, **_: asked.append(words))
    monkeypatch.setattr(scratch, "_SOCKETS", (str(tmp_path / "run"),))
    home = tmp_path / "home"
    scratch.end_agent(home)
    home.mkdir()
    scratch.end_agent(home)
    assert asked == []
    (home / "S.gpg-agent").touch()
    scratch.end_agent(home)
    assert len(asked) == 1
    (home / "S.gpg-agent").unlink()
    (tmp_path / "run" / "user" / str(os.getuid()) / "gnupg").mkdir(parents=True)
    scratch.end_agent(home)
    assert len(asked) == 2
