"""A process that has the whole program loaded and forks itself for each command: nobody waits for imports then.

In: the words of a command, where it runs, its environment, what it is fed. Out: how it ended and what it said. Each
command is a process of its own that runs `build.py` as its main module, and so is the fork server of its workers.
Python does not begin anew, so whoever tries a fault of its beginning starts a process instead.

Run as a program this is that process. It reads requests from its standard input, a socket, and ends with it. It also
listens where its argument says: there a hook that git starts asks (`tests.support.hook`).
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import hashlib
import json
import os
import resource
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module, metadata
from multiprocessing import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer.main

from iup.build import worker
from iup.cli import app
from iup.cli import main as cli
from iup.documents import html, pdf
from iup.documents.assets import load_assets
from iup.model.people import Labels
from iup.system import versions
from tests.support.hook import LISTENS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from iup.documents.assets import Assets
    from iup.documents.pdf import SetPdf

ROOT = Path(__file__).resolve().parents[2]
SET = "IUP_TESTS_SET"  # where documents that are set in a run of the tests lie
_LONGEST = 200_000  # bytes of a request
_PIPE = 65_536  # bytes that a pipe holds
_SECONDS = 900  # a machine may be very busy
_WITH_WORKERS = {"build", "demo"}
_HIGH = 500  # file numbers that nobody has


def run(
    arguments: Sequence[str], cwd: Path, env: Mapping[str, str], feed: str = "", fault: str = ""
) -> tuple[int, str, str]:
    """Run `build.py` and return its exit code, or minus the signal that ended it, with what it said.

    `fault` is Python source that the process runs before the program.
    """
    assert len(feed.encode()) <= _PIPE
    reads, writes = zip(*(os.pipe() for _ in range(4)), strict=True)
    ends = (reads[0], *writes[1:])  # the command's standard input and outputs, and where its end is told
    try:
        os.write(writes[0], feed.encode())
        _ask({"argv": arguments, "cwd": str(cwd), "env": dict(env), "fault": fault}, ends)
    finally:
        for end in (writes[0], *ends):
            os.close(end)
    with ThreadPoolExecutor(3) as readers:
        out, err, told = readers.map(_all_of, reads[1:])
    return int(told.split()[1]), out, err


class Process:
    """A command under way, leader of a session of its own; what `subprocess.Popen` has of it, as far as tests ask."""

    returncode: int | None = None

    def __init__(self, arguments: Sequence[str], env: Mapping[str, str], out: int, err: int, fault: str = "") -> None:
        self._told, tells = os.pipe()
        with open(os.devnull, "rb") as nothing:  # noqa: PTH123  a device
            ends = (nothing.fileno(), out, err, tells)
            _ask({"argv": arguments, "cwd": str(ROOT), "env": dict(env), "fault": fault, "leads": True}, ends)
        os.close(tells)
        self.pid = int(self._word())

    def _word(self) -> bytes:
        """Read what is told to the next space, or to its end."""
        found = b""
        while (byte := os.read(self._told, 1)) not in {b"", b" "}:
            found += byte
        return found

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return how it ended."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("build.py", timeout or 0)
            self.returncode = int(self._word())
            os.close(self._told)
        return self.returncode

    def kill(self) -> None:
        """Kill it alone."""
        os.kill(self.pid, signal.SIGKILL)


def _ask(request: Mapping[str, object], ends: Sequence[int]) -> None:
    socket.send_fds(_started().requests, [json.dumps(request).encode()], ends)


def _all_of(end: int) -> str:
    with os.fdopen(end, encoding="utf-8") as file:
        return file.read()


def listens() -> dict[str, str]:
    """Return the environment in which a hook finds the process."""
    return {LISTENS: _started().address}


@dataclass(frozen=True)
class _Started:
    """The process as it is asked: through a socket of our own, and at an address."""

    requests: socket.socket
    address: str
    process: subprocess.Popen[bytes]


@cache
def _started() -> _Started:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    folder = tempfile.mkdtemp(prefix="iup-tests-", dir="/tmp")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    address = f"{folder}/socket"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(address)
    listener.listen()
    with theirs, listener:
        program = [sys.executable, "-m", "tests.support.preloaded", str(listener.fileno())]
        ends = (listener.fileno(),)
        process = subprocess.Popen(program, cwd=ROOT, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, pass_fds=ends)
    return _Started(ours, address, process)


# --- the process itself


def _serve(requests: socket.socket, listener: socket.socket) -> Mapping[str, Any]:
    """Fork for each request, and return in the process that is to run it; this one ends with those who ask."""
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    running: dict[int, tuple[int, int]] = {}  # by what tells of its end: a command, and where that is told
    while True:
        message, ends = _next(requests, listener, running)
        if (command := os.fork()) == 0:
            found: Mapping[str, Any] = json.loads(message)
            for watch, (_, tells) in running.items():
                os.close(watch)
                os.close(tells)
            _take(ends, leads="leads" in found)
            if "leads" not in found:
                signal.signal(signal.SIGINT, interrupt)
            requests.close()
            listener.close()
            return found
        for end in ends[:3]:
            os.close(end)
        running[os.pidfd_open(command)] = command, ends[3]


def _next(
    requests: socket.socket, listener: socket.socket, running: dict[int, tuple[int, int]]
) -> tuple[bytes, list[int]]:
    """Wait for a request, from the test itself or from a hook, and tell of each command how it ended."""
    while True:
        waited: list[Any] = [requests, listener, *running]
        ready, _, _ = select.select(waited, [], [])
        for watch in running.keys() & set(ready):
            command, tells = running.pop(watch)
            with suppress(BrokenPipeError):  # whoever asked is gone
                os.write(tells, str(os.waitstatus_to_exitcode(os.waitpid(command, 0)[1])).encode())
            os.close(tells)
            os.close(watch)
        if requests in ready:
            message, ends, _, _ = socket.recv_fds(requests, _LONGEST, 4)
            if not message:
                os._exit(0)
            return message, ends
        if listener in ready:
            with listener.accept()[0] as hook:
                message, ends, _, _ = socket.recv_fds(hook, _LONGEST, 4)
            if message:  # else it ended before it asked
                return message, ends


def _take(ends: Sequence[int], *, leads: bool) -> None:
    """Take a command's input and outputs, and tell its number.

    One that leads a session takes signals as a program at a terminal does, however the tests were started.
    """
    if leads:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for name in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):
            signal.signal(name, signal.SIG_DFL)
    os.write(ends[3], f"{os.getpid()} ".encode())
    for number, end in enumerate(ends[:3]):
        os.dup2(end, number)
    for end in ends:
        os.close(end)


def _become(request: Mapping[str, Any]) -> None:
    """Make this process what that of a command is at its start."""
    signal.alarm(_SECONDS)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv[:] = [str(ROOT / "build.py"), *request["argv"]]
    if request["argv"][0] in _WITH_WORKERS:
        util.spawnv_passfds = _spawning(util.spawnv_passfds)
    exec(request["fault"], {})  # noqa: S102  a test's own words


def _spawning(spawn: Callable[..., int]) -> Callable[..., int]:
    """Return what starts multiprocessing's processes, where the fork server is a fork of this process as it is now.

    So workers have nothing of what the command has in memory by then, as in life.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if (server := os.fork()) == 0:
        ours.close()
        message, ends, _, _ = socket.recv_fds(theirs, _LONGEST, 2)
        if message:
            _serve_forks(json.loads(message), ends)
        os._exit(0)
    theirs.close()

    def started(program: Any, arguments: Sequence[str], ends: Sequence[int]) -> int:  # noqa: ANN401  as it is called
        if "multiprocessing.forkserver" not in arguments[-1] or ours.fileno() < 0:
            return spawn(program, arguments, ends)
        told: dict[str, Any] = {"code": arguments[-1], "ends": list(ends), "umask": os.umask(0)}
        os.umask(told["umask"])
        told["core"] = resource.getrlimit(resource.RLIMIT_CORE)
        with ours:
            socket.send_fds(ours, [json.dumps(told).encode()], ends)
        return server

    return started


def _serve_forks(told: Mapping[str, Any], ends: Sequence[int]) -> None:
    os.umask(told["umask"])
    resource.setrlimit(resource.RLIMIT_CORE, tuple(told["core"]))
    high = [fcntl.fcntl(end, fcntl.F_DUPFD, _HIGH) for end in ends]
    for end, number in zip(high, told["ends"], strict=True):
        os.dup2(end, number)
        os.close(end)
    exec(told["code"], {})  # noqa: S102  what Python would be started with


def _run() -> None:
    """Run the program to its end, as Python does, but leave everything that is loaded to the system."""
    code: object = 0
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as ended:
        code = ended.code
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(code if isinstance(code, int) else 1)


def _load() -> None:
    """Load the program, and do once what each command does at its start: ask for versions, set up its table.

    A worker sets a document once in a run of the tests: where another command has set the same, it is taken from there.
    Tests of the setting itself ask `documents.pdf`.
    """
    for name in ("build.preload", *(f"cli.{module}" for modules in cli.COMMANDS.values() for module in modules)):
        import_module(f"iup.{name}")
    metadata.version = cache(metadata.version)
    versions.require()
    for labels in Labels:
        templates = html._environment(load_assets(), labels)
        for name in templates.list_templates():
            templates.get_template(name)
    table = typer.main.get_command(app.app)
    vars(typer.main)["get_command"] = lambda _: table
    if shelf := os.environ.get(SET):
        vars(worker)["setter"] = _kept(pdf.setter, Path(shelf))
    gc.collect()
    gc.freeze()


def _kept(setter: Callable[[Assets], SetPdf], shelf: Path) -> Callable[[Assets], SetPdf]:
    def keeping(assets: Assets) -> SetPdf:
        made: list[SetPdf] = []

        def set_pdf(html: str, identifier: bytes, *, form: bool = False) -> bytes:
            said = "\0".join((assets.fingerprint, identifier.hex(), str(form), html))
            kept = shelf / hashlib.sha256(said.encode()).hexdigest()
            if kept.exists():
                return kept.read_bytes()
            if not made:
                made.append(setter(assets))
            pdf = made[0](html, identifier, form=form)
            with suppress(OSError):  # a test may have left no room
                beside = kept.with_name(f"{kept.name}.{os.getpid()}")
                beside.write_bytes(pdf)
                beside.replace(kept)
            return pdf

        return set_pdf

    return keeping


if __name__ == "__main__":
    _load()
    _become(_serve(socket.socket(fileno=os.dup(0)), socket.socket(fileno=int(sys.argv[1]))))
    _run()
