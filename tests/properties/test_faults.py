"""What a run leaves when something is missing, lies, is full or dies: the former result whole, and no plaintext."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from iup.errors import ExitCode
from tests.conftest import DAY, ROOT, Place, iup
from tests.support.faults import (
    JENNY,
    MENTOR,
    NOELS_PLAN,
    assert_no_plaintext,
    gpg_that,
    group,
    is_whole,
    leftovers,
    python_that,
    result,
    said,
    start,
    tools,
)
from tests.support.outside import passphrases
from tests.support.sealing import exported, gpg_home, new_key

# --- something is missing


def test_gpg_missing(pending: Place, tmp_path: Path) -> None:
    before = result(pending)
    done = pending.run("build", env={"PATH": str(tools(tmp_path / "bin", "git"))})
    assert done.code == ExitCode.MISSING
    assert said(done) == ["fel: programmet gpg finns inte på datorn"]
    assert "apt install gnupg" in done.err
    assert result(pending) == before


def test_git_missing(pending: Place, tmp_path: Path) -> None:
    before = result(pending)
    done = pending.run("build", env={"PATH": str(tools(tmp_path / "bin", "gpg", "gpgconf"))})
    assert done.code == ExitCode.MISSING
    assert said(done) == ["fel: programmet git finns inte på datorn"]
    assert "apt install git" in done.err
    assert result(pending) == before


PANGO_MISSING = """
import cffi
load = cffi.FFI.dlopen
def dlopen(self, name, *flags):
    if "pango" in str(name):
        raise OSError(f"cannot load library {name!r}")
    return load(self, name, *flags)
cffi.FFI.dlopen = dlopen
"""


def test_pango_missing(pending: Place, tmp_path: Path) -> None:
    # Only the workers load it, so this fault comes from there.
    before = result(pending)
    done = pending.run("build", "--json", env=python_that(tmp_path / "py", PANGO_MISSING))
    assert done.code == ExitCode.MISSING
    assert done.out == "", "stdout is for data"
    assert said(done) == ["fel: systembiblioteket Pango saknas, och utan det kan inga PDF-filer göras"]
    assert "apt install libpango-1.0-0" in done.err
    assert result(pending) == before
    assert leftovers(pending) == []


def test_no_git_history(pending: Place) -> None:
    before = result(pending)
    shutil.rmtree(pending.site / ".git")
    done = pending.run("build")
    assert done.code == ExitCode.REPOSITORY
    assert len(said(done)) == 1
    assert "ZIP" in done.err
    assert result(pending) == before


def test_office_missing(pending: Place) -> None:
    before = result(pending)
    pending.office.rename(pending.root / "elsewhere")
    done = pending.run("build")
    assert done.code == ExitCode.MISSING
    assert len(said(done)) == 1
    assert "kontor" in done.err
    assert result(pending) == before


def test_vault_missing(pending: Place) -> None:
    before = result(pending)
    (pending.office / "secrets" / "master.pgp").unlink()
    done = pending.run("build")
    assert done.code == ExitCode.MISSING
    assert said(done) == ["fel: kontorets valv saknas (secrets/master.pgp)"]
    assert result(pending) == before


def test_content_faulty(pending: Place) -> None:
    before = result(pending)
    with (pending.site / NOELS_PLAN).open("a", encoding="utf-8") as file:
        file.write("okänd: nyckel\n")
    pending.commit()
    done = pending.run("build")
    assert done.code == ExitCode.CONTENT
    assert f"{NOELS_PLAN}:" in done.err
    assert result(pending) == before
    assert leftovers(pending) == []


def test_a_compiler_is_not_asked_for_libraries(pending: Place, temporary: Path, tmp_path: Path) -> None:
    # ctypes would; a run that is killed then leaves the compiler's files behind.
    asked = tmp_path / "asked"
    env = gpg_that(tmp_path / "bin", 'exec $real "$@"\n')
    for name in ("gcc", "cc", "ld"):
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n: >{asked}\n", encoding="ascii")
        (tmp_path / "bin" / name).chmod(0o755)
    done = pending.run("build", env={**env, "TMPDIR": str(temporary)})
    assert done.code == 0
    assert is_whole(pending)
    assert not asked.exists()
    assert list(temporary.iterdir()) == [], "a run that ends takes its temporary files with it"


def test_no_path_is_too_long_for_the_agent(pending: Place, tmp_path: Path) -> None:
    # Neither the office's nor that of the temporary directory, where a short link to the office is put else.
    long = Place(tmp_path / ("x" * 80))
    pending.root.rename(long.root)
    temporary = tmp_path / ("t" * 80)
    temporary.mkdir()
    assert long.run("build", *MENTOR, env={"TMPDIR": str(temporary)}).code == 0
    assert is_whole(long)
    assert list(temporary.iterdir()) == []


# --- something lies


def test_gpg_that_adds_a_recipient(pending: Place, tmp_path: Path) -> None:
    before = result(pending)
    with gpg_home() as home:
        spy = tmp_path / "spy.gpg"
        spy.write_bytes(exported(home, new_key(home, "spy")))
        lie = f'case "$*" in *--encrypt*) exec $real --recipient-file {spy} "$@";; esac\nexec $real "$@"\n'
        done = pending.run("build", env=gpg_that(tmp_path / "bin", lie))
    assert done.code == ExitCode.REFUSED
    assert said(done) == ["fel: en försändelse kan öppnas av fler än sin mottagare; inget skickas"]
    assert result(pending) == before
    assert leftovers(pending) == []


def test_gpg_that_hands_back_the_plaintext(pending: Place, tmp_path: Path) -> None:
    before = result(pending)
    status = "[GNUPG:] BEGIN_ENCRYPTION 2 9\\n[GNUPG:] SIG_CREATED S 22 8 00 1 A\\n[GNUPG:] END_ENCRYPTION\\n"
    lie = f'case "$*" in *--encrypt*) printf \'{status}\' >&2; exec cat;; esac\nexec $real "$@"\n'
    done = pending.run("build", env=gpg_that(tmp_path / "bin", lie))
    assert done.code == ExitCode.REFUSED
    assert result(pending) == before
    assert leftovers(pending) == []


def test_gpg_that_gives_nothing_and_says_all_is_well(pending: Place, tmp_path: Path) -> None:
    lie = 'case "$*" in *--encrypt*) cat >/dev/null; exit 0;; esac\nexec $real "$@"\n'
    bundles = json.loads(pending.run("build", "--dry-run", "--json").out)["files"]
    done = pending.run("build", "--json", env=gpg_that(tmp_path / "bin", lie))
    assert done.code == ExitCode.PARTIAL
    failed = {"t3m8k", "r4x8w", "j2y8c", "g4s7e"}
    assert json.loads(done.out)["failed"].keys() == failed
    # Half a bundle is worse than none: what could have been kept goes too.
    assert not result(pending).keys() & {name for person in failed for name in bundles[person]}
    assert is_whole(pending)


# --- the disk is full

# From the n-th file on, the disk takes no more.
DISK_FULL = """
import errno, os
sync, left = os.fsync, [{files}]
def fsync(descriptor):
    left[0] -= 1
    if left[0] < 0:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    sync(descriptor)
os.fsync = fsync
"""


@pytest.mark.parametrize("files", [0, 1], ids=["at once", "half way"])
def test_disk_full(pending: Place, files: int) -> None:
    before = result(pending)
    done = start(pending, *MENTOR, fault=DISK_FULL.format(files=files)).end()
    assert done.code == ExitCode.OUTPUT
    assert len(said(done)) == 1
    assert "No space left" in done.err
    assert result(pending) == before
    assert leftovers(pending) == []


def test_file_too_large_for_the_disk(pending: Place) -> None:
    before = result(pending)
    build = [
        sys.executable,
        str(ROOT / "build.py"),
        "build",
        "--site",
        str(pending.site),
        "--as-of",
        DAY,
        *JENNY,
        "-j1",
    ]
    done = subprocess.run(  # a sealed file has more than 20 kB
        ["sh", "-c", 'ulimit -f 40; exec "$@"', "sh", *build], capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == ExitCode.OUTPUT, done.stderr
    assert result(pending) == before
    assert leftovers(pending) == []


# --- what is said while it runs

TALKATIVE = "import logging\nlogging.basicConfig(level=logging.DEBUG)\n"


def test_neither_logs_nor_command_lines_tell_a_secret(pending: Place, tmp_path: Path, temporary: Path) -> None:
    words = passphrases(pending)
    told = tmp_path / "told"
    # Whatever gpg is told, by argument or environment, is written down; and every process of the run is looked at.
    listening = f'{{ echo "$*"; cat /proc/$$/environ; echo; }} >>{told}\nexec $real "$@"\n'
    seen: set[bytes] = set()

    def listen() -> bool:
        time.sleep(0.02)  # looking costs more than what is looked at
        for process in group(run.program.pid):
            with suppress(OSError):
                seen.add(Path(f"/proc/{process}/cmdline").read_bytes())
        return False

    env = {
        **gpg_that(tmp_path / "bin", listening),
        **python_that(tmp_path / "py", TALKATIVE),
        "PYTHONDEVMODE": "1",
        "TMPDIR": str(temporary),
    }
    run = start(pending, "-j", "1", env=env)
    run.wait_for(listen)
    done = run.end()
    assert done.code == 0, done.err
    assert "DEBUG:" in done.err
    assert b"--encrypt" in told.read_bytes()
    assert seen
    everything = done.err.encode() + told.read_bytes() + b"\n".join(seen)
    assert not [person for person, passphrase in words.items() if passphrase.encode() in everything]
    assert_no_plaintext(pending, temporary, done.out, done.err, everything.decode(errors="replace"))


def test_the_demonstrations_passphrase_is_all_that_any_build_prints(built: Place) -> None:
    done = iup("build", "--site", built.site, "--as-of", DAY, "--dry-run", "--json")
    assert not [p for p in passphrases(built).values() if p in done.out + done.err]
