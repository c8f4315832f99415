"""The entry point: run the command that was typed, and turn refusals into exit codes.

In: the words of the command line. Out: an exit code. Only the module of the command that is named is loaded.
"""

from __future__ import annotations

import errno
import gc
import os
import resource
import signal
import sys
import traceback
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING

from iup.cli import app, output, swedish
from iup.errors import ContentError, ExitCode, IupError, OutputError
from iup.system import start

if TYPE_CHECKING:
    from collections.abc import Sequence

# The first word of a command, and the modules that add it and its subcommands to the table.
COMMANDS = {
    "archive": ("archive",),
    "build": ("build",),
    "check": ("check",),
    "deliver": ("deliver",),
    "demo": ("demo",),
    "disclose": ("disclose", "subject_access", "disclose_release"),
    "explain": ("explain",),
    "finalise": ("finalise",),
    "share": ("finalise",),
    "hooks": ("hooks",),
    "keys": ("keys",),
    "merge-plan": ("merge_plan",),
    "preview": ("preview",),
    "receive": ("receive",),
    "retain": ("retain", "retain_purge"),
    "schema": ("schema",),
    "status": ("status",),
    "unseal": ("unseal",),
}
_OBJECTS = 20_000
# What the machine says no with wherever it is asked; anything else that nobody caught is a fault of ours.
_MACHINE = frozenset(
    getattr(errno, name)
    for name in ("ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EIO", "EBADF", "EMFILE", "ENFILE", "ENOMEM", "ESTALE")
)
_MACHINE_HINT = (
    "är en disk full, skrivskyddad eller skadad, eller saknas rätt till en fil? det som fanns förut står kvar"
)
_PLAIN = ("--help", "-h", "--version")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Without a command, build."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    if not typed or (typed[0].startswith("-") and typed[0] not in _PLAIN):
        typed.insert(0, "build")
    _prepare()
    code = _outcome(typed)
    try:
        output.finish()
    except OutputError as error:
        output.refusal(error)
        return code or error.exit_code
    return code


def _outcome(typed: Sequence[str]) -> int:
    """Run one command and return its exit code, with whatever stopped it told."""
    try:
        return _run(typed)
    except ContentError as error:
        output.problems(error.problems)
        output.refusal(error)
        return error.exit_code
    except IupError as error:
        output.refusal(error)
        return error.exit_code
    except swedish.USAGE_ERRORS as error:
        output.line(f"fel: {swedish.as_text(error)}")
        output.line("  tips: build.py --help visar kommandona, build.py KOMMANDO --help deras val")
        return ExitCode.USAGE
    except (KeyboardInterrupt, swedish.Abort):
        output.line("avbrutet; det som fanns förut står kvar")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:  # whoever read has seen enough
        output.mute(sys.stdout)
        return ExitCode.OK
    except Exception as error:  # noqa: BLE001  the last resort
        if isinstance(error, OSError) and error.errno in _MACHINE:
            output.refusal(OutputError(f"datorn hindrade körningen: {error.strerror}", _MACHINE_HINT))
            return ExitCode.OUTPUT
        output.line(f"fel: programmet har ett fel ({type(error).__name__}); det som fanns förut står kvar")
        # Only places: the texts of other people's exceptions quote what they choked on.
        for frame in traceback.extract_tb(error.__traceback__):
            output.line(f"  {frame.filename}:{frame.lineno} {frame.name}")
        return ExitCode.BUG


def _prepare() -> None:
    """Set what holds for the whole process: private files, no core file, and an orderly end when it is stopped."""
    os.umask(0o077)  # nothing that is written here is for anybody else on the machine
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold plaintext
    # A municipality is a million objects, few of which refer to each other in a ring: Python looks too often.
    gc.set_threshold(_OBJECTS)
    for other in (signal.SIGTERM, signal.SIGHUP):  # a stopped run tidies up as after Ctrl-C; nohup stays nohup
        if signal.getsignal(other) is signal.SIG_DFL:
            signal.signal(other, signal.default_int_handler)
    if start.drop_unknown_zone():
        output.line(
            "obs: TZ i miljön är ingen tidszon, så datorns egen gäller; skolans dagar räknas alltid i svensk tid"
        )


def _run(typed: Sequence[str]) -> int:
    """Run one command; refusals come out as exceptions."""
    # Each adds itself to the table. One that is named is loaded alone: a hook runs `check` at every commit.
    for name in COMMANDS.get(typed[0]) or dict.fromkeys(chain.from_iterable(COMMANDS.values())):
        import_module(f"iup.cli.{name}")
    try:
        code = app.app(list(typed), prog_name="build.py", standalone_mode=False)
    except swedish.Exit as done:
        return done.exit_code
    except SystemExit:  # how typer tells that nobody reads its help any more
        raise BrokenPipeError from None
    if code == ExitCode.INTERRUPTED:  # how typer tells of Ctrl-C
        raise KeyboardInterrupt
    return int(code or ExitCode.OK)
