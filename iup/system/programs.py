"""The only module that starts programs. Arguments are lists, input goes by pipe, secrets never by argument.

In: a tool's name, arguments and bytes. Out: `Finished`. A missing program is a `MissingError` that says how to get it.
A program that hangs is killed and reported as such.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import IO, TYPE_CHECKING, cast
from weakref import finalize

from iup.errors import MissingError
from iup.system.versions import numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_HOW_TO_GET = {
    "git": "installera git (Debian: apt install git)",
    "gpg": "installera GnuPG (Debian: apt install gnupg)",
    "gpgconf": "installera GnuPG (Debian: apt install gnupg)",
}
# Below these lie faults that a build must not meet: https://gpg.fail, and git that obeys another user's repository.
_LEAST = {"git": "2.30", "gpg": "2.2.40"}
_VERSION = re.compile(rb"\d+(?:\.\d+)+")
TIMEOUT = 120.0
_ASKING = 20.0


@dataclass(frozen=True)
class Finished:
    """How a program ended."""

    code: int
    out: bytes
    err: bytes


class TimedOutError(MissingError):
    """A program is there but did not answer in time, and was killed."""


def find(tool: str) -> str:
    """Return the full path of a program or raise `MissingError`."""
    path = shutil.which(tool)
    if path is None:
        raise MissingError(f"programmet {tool} finns inte på datorn", _HOW_TO_GET.get(tool, ""))
    if tool in _LEAST:
        _require(tool, path)
    return path


@cache
def _require(tool: str, path: str) -> None:
    """Raise `MissingError` unless a program says that it is new enough; asked once."""
    try:
        asked = subprocess.run(  # noqa: S603  the path is looked up
            [path, "--version"], capture_output=True, env=_environment(None), timeout=_ASKING, check=False
        )
    except subprocess.TimeoutExpired:
        raise TimedOutError(f"programmet {tool} svarade inte inom {_ASKING:.0f} sekunder") from None
    found = _VERSION.search(asked.stdout.partition(b"\n")[0])
    version = found[0].decode() if found else "okänd"
    if numbers(version) < numbers(_LEAST[tool]):
        raise MissingError(
            f"programmet {tool} är version {version}, och minst {_LEAST[tool]} behövs", _HOW_TO_GET[tool]
        )


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    # Inside a git hook the caller's GIT_DIR and its kin would point our git at another repository.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**inherited, "LC_ALL": "C.UTF-8", **(extra or {})}


def run(
    tool: str,
    arguments: Sequence[str],
    *,
    feed: bytes = b"",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
) -> Finished:
    """Run a program to its end; a non-zero exit code is the caller's to judge."""
    try:
        done = subprocess.run(  # noqa: S603  the path is looked up, the arguments are a list
            [find(tool), *arguments],
            input=feed,
            capture_output=True,
            cwd=cwd,
            env=_environment(env),
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TimedOutError(f"programmet {tool} svarade inte inom {timeout:.0f} sekunder") from None
    return Finished(done.returncode, done.stdout, done.stderr)


class RunningProgram:
    """A program that answers one request after another over its pipes (`git cat-file --batch`)."""

    def __init__(self, tool: str, arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> None:
        self._program = subprocess.Popen(  # noqa: S603  the path is looked up, the arguments are a list
            [find(tool), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=cwd,
            env=_environment(env),
        )
        # It ends with whoever asked it too, should they not close it; at exit its pipes close by themselves.
        self._end = finalize(self, _end, self._program)
        self._end.atexit = False

    def send(self, data: bytes) -> None:
        """Send one or more whole lines. Few enough to fit into a pipe, or the two sides would wait for each other."""
        try:
            self._in.write(data)
            self._in.flush()
        except BrokenPipeError:
            return  # the answer that does not come tells of it

    def line(self) -> bytes:
        """Return the next line of the answer, without its line end; nothing where the program has ended."""
        return self._out.readline().rstrip(b"\n")

    def read(self, size: int) -> bytes:
        """Read exactly `size` bytes and the line end behind them."""
        return self._out.read(size + 1)[:size]

    def close(self) -> int:
        """End the program, wait for it, and return how it ended."""
        self._end()
        return self._program.wait()

    @property
    def _in(self) -> IO[bytes]:
        return cast("IO[bytes]", self._program.stdin)

    @property
    def _out(self) -> IO[bytes]:
        return cast("IO[bytes]", self._program.stdout)


def _end(program: subprocess.Popen[bytes]) -> None:
    for pipe in (program.stdin, program.stdout):
        with suppress(BrokenPipeError):  # it has ended, and there was something left to ask
            cast("IO[bytes]", pipe).close()
    program.wait()
