"""A temporary directory for each process. The next run removes it when the process was killed.

It holds empty GnuPG homes, public certificates, gpg's random seed, fonts, sockets and short links to the office's
homes; never a document. Its owner keeps a lock on the file `held` for as long as it lives, so a directory whose lock is
free belongs to nobody. A directory without that file is not ours and is left alone.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
import tempfile
from contextlib import suppress
from functools import cache
from multiprocessing.util import Finalize
from pathlib import Path

from iup.errors import IupError, OutputError
from iup.system import programs

_PREFIX = "iup-"
_OURS = re.compile(r"iup-[a-z0-9_]{8}")
_HELD = "held"
_LONGEST_PLACE = 55
_SOCKETS = ("/run/gnupg", "/run", "/var/run/gnupg", "/var/run")  # as gpg looks for a user's own directory


def place() -> Path:
    """Return this process's directory below TMPDIR; it is removed when the process ends."""
    return _place(tempfile.gettempdir())


def place_for_sockets() -> Path:
    """Return this process's directory for sockets: below TMPDIR, or below /tmp where that would make a path too long.

    A socket's path has at most 108 bytes. Nothing but sockets and links lies in a directory below /tmp.
    """
    base = tempfile.gettempdir()
    return _place(base if len(base) <= _LONGEST_PLACE else "/tmp")  # noqa: S108  only for mkdtemp, which makes it private


def link_to_home(home: Path) -> Path:
    """Return a short link to a GnuPG home, for the agent's socket in it."""
    link = Path(tempfile.mkdtemp(prefix="", dir=place_for_sockets())) / "h"
    link.symlink_to(home.resolve(), target_is_directory=True)
    return link


@cache
def _place(base: str) -> Path:
    _sweep(Path(base))
    while True:
        try:
            made = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
            held = os.open(made / _HELD, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)  # open until the process ends
            fcntl.flock(held, fcntl.LOCK_EX)
        except OSError as error:
            raise OutputError(
                f"katalogen för tillfälliga filer går inte att skapa: {error.strerror}", "är disken med TMPDIR full?"
            ) from None
        if os.fstat(held).st_nlink:  # else another run swept it between the two lines above
            # After multiprocessing has taken its own directory away, at -100, which lies in this one.
            Finalize(None, _leave, args=(made,), exitpriority=-200)
            return made
        os.close(held)


def _sweep(base: Path) -> None:
    """Remove the directories of processes that are no more, and end the agents that were reached through them."""
    for directory in base.glob(f"{_PREFIX}*"):
        if not _OURS.fullmatch(directory.name):
            continue
        try:
            entry = directory.lstat()
            held = os.open(directory / _HELD, os.O_RDWR | os.O_NOFOLLOW)
        except OSError:
            continue  # not ours, or not yet
        try:
            if stat.S_ISDIR(entry.st_mode) and entry.st_uid == os.getuid():
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _end_agents(directory)
                _remove(directory)
        except BlockingIOError:
            pass  # its holder lives
        finally:
            os.close(held)


def _leave(directory: Path) -> None:
    """End the agents that were reached through this directory, and take it away.

    An agent that lives on knows its home by the link, which is no more: it would tell the next run that it has no key.
    """
    _end_agents(directory)
    _remove(directory)


def _remove(directory: Path) -> None:
    """Take a directory away, its lock last, so that whoever is killed here leaves what the next can sweep."""
    for entry in directory.iterdir() if directory.is_dir() else ():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        elif entry.name != _HELD:
            entry.unlink(missing_ok=True)
    shutil.rmtree(directory, ignore_errors=True)


def _end_agents(directory: Path) -> None:
    for home in directory.glob("*/h"):
        end_agent(home)


def end_agent(home: Path) -> None:
    """End what gpg has running for a home, so that no secret key stays in memory; it hides nothing that went wrong."""
    if _is_served(home):
        with suppress(IupError):
            programs.run("gpgconf", ["--homedir", str(home), "--kill", "all"], timeout=20)


def _is_served(home: Path) -> bool:
    """Say whether a program of gpg's may run for a home: its socket lies there, or where the system has a user's.

    gpgconf starts a program for each that it is to end, also where there is none, and this is asked around each use of
    a key.
    """
    try:
        found = any(name.startswith("S.") for name in os.listdir(home))  # noqa: PTH208  names alone, at once
    except FileNotFoundError:
        found = False
    except OSError:
        return True
    return found or any(Path(base, "user", str(os.getuid()), "gnupg").is_dir() for base in _SOCKETS)
