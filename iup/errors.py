"""Refusals: one small exception class per reason to stop, each with its exit code.

Faults in content are not exceptions but values (`problems`). What is raised here ends the command. Only `cli` turns it
into an exit code and a Swedish line on stderr.

    IupError
    |- ContentError       1  faults in content/ or policies/ (the located problems are carried along)
    |- UsageError         2  the command line asks for something impossible
    |- MissingError       3  a tool, library or key is missing
    |- RefusedError       4  the policy or a safety rule says no
    |  `- LeakError          a finished file holds what it must not
    |- SealError          5  some recipient could not be sealed
    |  |- UnusableKeyError
    |  |- WrongKeyError      the key or passphrase is not the one it was sealed with
    |  `- BrokenSealError    the file is damaged, truncated or of an unknown version
    |- RepositoryError    6  git: no repository, unknown revision
    |- OutputError        7  the result cannot be written
    `- LockedError       75  another run holds the lock

Messages are Swedish and never hold the value of a pupil's field, a key or a passphrase.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from iup.problems import Problem


class ExitCode(IntEnum):
    """What the shell is told; the table in README is tested against this."""

    OK = 0
    CONTENT = 1
    USAGE = 2
    MISSING = 3
    REFUSED = 4
    PARTIAL = 5
    REPOSITORY = 6
    OUTPUT = 7
    BUG = 70
    LOCKED = 75
    INTERRUPTED = 130


class IupError(Exception):
    """A refusal with a message for the user and, where there is one, a hint on what to do."""

    exit_code: ClassVar[ExitCode] = ExitCode.BUG

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[type[IupError], tuple[object, ...]]:
        """Cross from a worker process with the hint."""
        return type(self), (self.message, self.hint)


class ContentError(IupError):
    """Faults in content or policies."""

    exit_code = ExitCode.CONTENT

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(
            "innehållet har fel som måste rättas först", "kör build.py check och rätta det som står som fel"
        )
        self.problems = problems

    def __reduce__(self) -> tuple[type[IupError], tuple[object, ...]]:
        """Cross from a worker process with the problems."""
        return type(self), (self.problems,)


class UsageError(IupError):
    """The command line asks for something that does not exist."""

    exit_code = ExitCode.USAGE


class MissingError(IupError):
    """A tool, library or key is missing."""

    exit_code = ExitCode.MISSING


class RefusedError(IupError):
    """The policy or a safety rule says no."""

    exit_code = ExitCode.REFUSED


class LeakError(RefusedError):
    """A finished file holds what it must not, or opens for somebody it must not."""


class SealError(IupError):
    """A recipient could not be sealed, or a sealed file could not be opened."""

    exit_code = ExitCode.PARTIAL


class UnusableKeyError(SealError):
    """A certificate is missing, expired, revoked or otherwise not to be encrypted to."""


class WrongKeyError(SealError):
    """The file is whole but was sealed with another key or passphrase."""


class BrokenSealError(SealError):
    """The file is damaged, truncated or of a version this program does not know."""


class RepositoryError(IupError):
    """Something is wrong with a git repository."""

    exit_code = ExitCode.REPOSITORY


class OutputError(IupError):
    """The result cannot be written where it should go."""

    exit_code = ExitCode.OUTPUT


class LockedError(IupError):
    """Another run holds the lock."""

    exit_code = ExitCode.LOCKED
