"""What a process is given by whoever starts it, put right before anything else is done: streams, signals, time zone.

In: the file descriptors, signals and environment that were inherited. Out: a process in which nothing that is opened
can take the place of a stream, a program's exit code is its own, and TZ names a zone or is not there. Imports no
library, so that it can come before all of them.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from zoneinfo import ZoneInfo

# POSIX: a name of three letters or more, or of anything in <>, with the hours from there to UTC; then that of summer
# time, with its own hours perhaps, and the days on which it begins and ends.
_NAME, _HOURS = r"(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)", r"[+-]?(?:[01]?[0-9]|2[0-4])(?::[0-5][0-9]){0,2}"
_POSIX = re.compile(rf"{_NAME}{_HOURS}(?:{_NAME}(?:{_HOURS})?(?:,[0-9MJ./:,+-]+)?)?")


def repair() -> None:
    """Open the standard streams that are closed, and let a program that ends be waited for."""
    # The next file that is opened gets the lowest free number: what is said on a closed stderr would end up in it. What
    # is asked for cannot be told on a closed stdout, so that one is opened such that writing there still fails.
    for number, how in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, how)
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  it lives as long as we do
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115  likewise
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115  likewise
    # Where it is ignored, the system keeps no exit codes, and Python takes each program to have ended well.
    if signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def drop_unknown_zone() -> bool:
    """Take a TZ that names no zone out of the environment, and say whether there was one.

    The C library takes such a name for UTC without a word; a library may stop at it.
    """
    if names_zone(os.environ.get("TZ", "")):
        return False
    del os.environ["TZ"]
    time.tzset()
    return True


def names_zone(name: str) -> bool:
    """Say whether a value of TZ names a zone that this machine knows, or none at all."""
    if not name:
        return True
    key = name.removeprefix(":")
    if key.startswith("/"):
        return _is_zone_file(key)
    if _POSIX.fullmatch(name):
        return True
    try:
        ZoneInfo(key)
    except (OSError, ValueError, LookupError):
        return False
    return True


def _is_zone_file(path: str) -> bool:
    try:
        with open(path, "rb") as file:  # noqa: PTH123  a path from outside, as the C library opens it
            return file.read(4) == b"TZif"
    except (OSError, ValueError):
        return False
