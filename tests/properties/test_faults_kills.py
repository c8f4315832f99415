"""What a run leaves that is killed, stopped or interrupted: the former result whole, no plaintext, no process."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time
from typing import TYPE_CHECKING

import pytest

from iup.errors import ExitCode
from tests.support.faults import (
    ALL,
    ALONE,
    JENNY,
    MENTOR,
    NOELS_READERS,
    agents_of,
    assert_no_plaintext,
    gpg_that,
    is_whole,
    leftovers,
    nobody_left,
    result,
    rewrite,
    said,
    start,
    struck,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Place

ONE = (*JENNY, "-j", "1")


def test_two_builds_at_once(pending: Place, tmp_path: Path) -> None:
    begun, go_on = tmp_path / "begun", tmp_path / "go-on"
    os.mkfifo(go_on)
    slow = f'case "$*" in *--decrypt*) : >{begun}; read _ <{go_on};; esac\nexec $real "$@"\n'
    first = start(pending, *JENNY, env=gpg_that(tmp_path / "bin", slow))
    assert first.wait_for(begun.exists), "the first run is in the middle of its work"
    second = pending.run("build")
    assert second.code == ExitCode.LOCKED
    assert said(second) == ["fel: en annan körning pågår i samma katalog"]
    go_on.write_bytes(b"\n")
    assert first.end().code == 0
    assert is_whole(pending)


def test_killed_at_each_step_to_the_disk(pending: Place, temporary: Path) -> None:
    env = {"TMPDIR": str(temporary)}
    steps = {"mkdir": (0, "stage-"), "link": (9, ""), "fsync": (1, ""), "replace": (0, ""), "rename": (0, "stage-")}
    after = {"rmdir": (0, "build-")}  # the former result is swept away when the new one stands
    for call, (before, on) in (steps | after).items():
        former = result(pending)
        strike = struck(call, before, ALL.format("SIGKILL"), on)
        done = start(pending, *MENTOR, "-j", "1", env=env, fault=strike).end()
        assert done.code == -signal.SIGKILL, call
        assert is_whole(pending), call
        assert (result(pending) != former) == (call in after), call
        assert_no_plaintext(pending, temporary, done.out, done.err)
    rewrite(pending, "till sist")
    assert pending.run("build", env=env).code == 0
    assert is_whole(pending)
    assert leftovers(pending) == []


def test_killed_at_any_moment(pending: Place, temporary: Path) -> None:
    env = {"TMPDIR": str(temporary)}
    began = time.monotonic()
    assert pending.run("build", *ONE, env=env).code == 0
    length = time.monotonic() - began  # the moments are parts of it, on a fast machine as on a slow one
    before, killed = result(pending), 0
    for part in (0.2, 0.5, 0.7, 0.9):
        rewrite(pending, f"nu{part}".replace(".", ""))
        run = start(pending, *ONE, env=env)
        run.lasted(length * part)
        done = run.ended_by(signal.SIGKILL)
        if done.code == -signal.SIGKILL:
            killed += 1
        else:
            length /= 2  # the machine is less busy than it was when this was measured
        assert is_whole(pending)
        assert_no_plaintext(pending, temporary, done.out, done.err)
    assert killed > 0
    rewrite(pending, "till sist")
    assert pending.run("build", env=env).code == 0
    assert result(pending) != before
    assert is_whole(pending)
    assert leftovers(pending) == []


def test_workers_end_when_the_build_itself_is_killed(pending: Place, temporary: Path) -> None:
    before = result(pending)
    env = {"TMPDIR": str(temporary)}
    run = start(pending, *JENNY, env=env, fault=struck("fsync", 2, ALONE.format("SIGKILL")))
    done = run.end()
    assert done.code == -signal.SIGKILL
    assert nobody_left(run), "a worker that nobody asks holds plaintext in memory"
    assert result(pending) == before
    assert_no_plaintext(pending, temporary, done.out, done.err)
    assert pending.run("build", *JENNY, env=env).code == 0
    assert agents_of(pending) == []


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_stopped_by_the_system(pending: Place, temporary: Path, name: str) -> None:
    before = result(pending)
    run = start(pending, *JENNY, env={"TMPDIR": str(temporary)}, fault=struck("fsync", 2, ALONE.format(name)))
    done = run.end()
    assert done.code == ExitCode.INTERRUPTED
    assert done.err == "avbrutet; det som fanns förut står kvar\n"
    assert nobody_left(run)
    assert result(pending) == before
    assert leftovers(pending) == []
    assert list(temporary.iterdir()) == []
    assert agents_of(pending) == []


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(10))
def test_three_hundred_kills(
    pending: Place, temporary: Path, record_testsuite_property: Callable[[str, object], None], part: int
) -> None:
    """Kill thirty builds at random moments, every other time only the build itself and not its workers."""
    env, chance = {"TMPDIR": str(temporary)}, random.Random(300 + part)
    length, killed, published, healed = 0.0, 0, 0, 0
    for number in range(30):
        if number % 10 == 0:
            began = time.monotonic()
            assert pending.run("build", *ONE, env=env).code == 0
            length = time.monotonic() - began  # the machine may be busier by now
            assert is_whole(pending)
            assert leftovers(pending) == []
            assert list(temporary.iterdir()) == [], "what killed runs left is swept"
            assert agents_of(pending) == []
            healed += 1
        before = result(pending)
        rewrite(pending, f"nu{number}")
        run = start(pending, *ONE, env=env)
        run.lasted(chance.uniform(0.02, 1.1) * length)
        if number % 2:
            run.program.kill()
            done = run.end()
        else:
            done = run.ended_by(signal.SIGKILL)
        if done.code == -signal.SIGKILL:
            killed += 1
        else:
            length *= 0.7  # the machine is less busy than it was
        published += result(pending) != before
        assert nobody_left(run)
        assert is_whole(pending)
        assert_no_plaintext(pending, temporary, done.out, done.err)
    assert pending.run("build", *ONE, env=env).code == 0
    assert leftovers(pending) == []
    assert list(temporary.iterdir()) == []
    record_testsuite_property(
        f"outcome {part}", f"{killed} of 30 killed, {published} published first, {healed + 1} whole builds between"
    )
    assert killed > 15


def test_killed_inside_gpg(pending: Place, temporary: Path, tmp_path: Path) -> None:
    before = result(pending)
    deadly = 'case "$*" in *--encrypt*) kill -9 0;; esac\nexec $real "$@"\n'
    env = {"TMPDIR": str(temporary)}
    done = start(pending, *MENTOR, env={**env, **gpg_that(tmp_path / "bin", deadly)}).end()
    assert done.code == -signal.SIGKILL
    assert result(pending) == before
    assert_no_plaintext(pending, temporary, done.out, done.err)
    assert pending.run("build", *MENTOR, env=env).code == 0
    assert is_whole(pending)
    assert leftovers(pending) == []


def test_killed_in_the_first_build_of_all(pending: Place, temporary: Path) -> None:
    shutil.rmtree(pending.site / "output")
    env = {"TMPDIR": str(temporary)}
    done = start(pending, *JENNY, env=env, fault=struck("fsync", 2, ALL.format("SIGKILL"))).end()
    assert done.code == -signal.SIGKILL
    assert not pending.current.exists()
    assert_no_plaintext(pending, temporary, done.out, done.err)
    assert pending.run("build", *ONE, env=env).code == 0
    assert is_whole(pending)
    assert leftovers(pending) == []


@pytest.mark.parametrize("files", [0, 2])
def test_interrupted_from_the_keyboard(pending: Place, temporary: Path, files: int) -> None:
    before = result(pending)
    strike = struck("fsync", files, ALL.format("SIGINT"))
    done = start(pending, *JENNY, env={"TMPDIR": str(temporary)}, fault=strike).end()
    assert done.code == ExitCode.INTERRUPTED
    assert done.err == "avbrutet; det som fanns förut står kvar\n"
    assert result(pending) == before
    assert leftovers(pending) == []
    assert_no_plaintext(pending, temporary, done.out, done.err)


def test_a_worker_that_dies_fails_for_its_recipients_only(pending: Place, temporary: Path, tmp_path: Path) -> None:
    before = result(pending)
    once = tmp_path / "once"
    # gpg --encrypt is started by workers only; the first kills the worker that started it.
    deadly = f'case "$*" in *--encrypt*) if ! [ -e {once} ]; then : >{once}; kill -9 $PPID; fi;; esac\n'
    env = gpg_that(tmp_path / "bin", f'{deadly}exec $real "$@"\n')
    done = pending.run("build", "--json", env={"TMPDIR": str(temporary), **env})
    assert once.exists()
    assert done.code == ExitCode.PARTIAL
    failed = json.loads(done.out)["failed"]
    assert failed
    assert failed.keys() <= NOELS_READERS
    assert all(f"fel: {person} fick inget: " in done.err for person in failed)
    assert is_whole(pending)
    assert len(result(pending)) < len(before), "their old files are gone"
    assert_no_plaintext(pending, temporary, done.err)
