"""The only module that prints: results to stdout, everything else to stderr. NO_COLOR is left to rich."""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from iup import problems as problem_values
from iup.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from iup.errors import IupError
    from iup.problems import Problem


def result(text: str) -> None:
    """Print what the command was asked for."""
    with _telling():
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        sys.stdout.flush()


def finish() -> None:
    """See to it that all that was printed has left the process."""
    try:
        with _telling():
            sys.stdout.flush()
    except BrokenPipeError:
        mute(sys.stdout)


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        mute(sys.stdout)
        raise OutputError(f"svaret går inte att skriva ut: {error.strerror}", "det som skulle göras är gjort") from None


def mute(stream: TextIO) -> None:
    """Let nothing more come out of a stream; what is left in it would fail again at the exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def line(text: str) -> None:
    """Print a line about the run; where nobody can be told, the exit code still is."""
    try:
        sys.stderr.write(f"{text}\n")
    except OSError:
        mute(sys.stderr)


def notes(found: Iterable[str]) -> None:
    """Print what is to be noticed, a line for each."""
    for text in found:
        line(f"obs: {text}")


def refusal(error: IupError) -> None:
    """Print why a command stopped and, where there is one, what to do."""
    line(f"fel: {error.message}")
    if error.hint:
        line(f"  tips: {error.hint}")


def problems(found: tuple[Problem, ...]) -> None:
    """Print problems as part of a run that has another result."""
    shown, brief = problem_values.in_brief(found)
    for text in (*map(problem_values.as_text, shown), *(f"{one}; check --notes visar var" for one in brief)):
        line(text)


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: drawn on a terminal, columns with spaces between them elsewhere."""
    lines = list(rows)
    if sys.stdout.isatty():
        from rich import box  # noqa: PLC0415  here and below: a hook that shows neither need not wait for it
        from rich.console import Console  # noqa: PLC0415
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        drawn = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1))
        for head in heads:
            drawn.add_column(head)
        for row in lines:
            drawn.add_row(*(Text(cell) for cell in row))
        Console(file=sys.stdout).print(drawn)
        return
    widths = [max(len(row[column]) for row in (heads, *lines)) for column in range(len(heads))]
    result(title)
    for row in (heads, *lines):
        result("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def difference(title: str, before: str, after: str) -> None:
    """Print a text as it stands and as it would become, marked with - and +, and in colour on a terminal."""
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    console.print(Text(f"  {title}", style="bold"))
    for mark, text, style in (("-", before, "red"), ("+", after, "green")):
        for row in text.splitlines():
            console.print(Text(f"    {mark} {row}", style=style))


def count(number: int, one: str, many: str) -> str:
    """Write a number with its noun: `1 fil`, `3 filer`."""
    return f"{number} {one if number == 1 else many}"


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on a terminal for as long as the block runs; nothing where stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task(what, total=None)

    def show(done: int, everything: int) -> None:
        bar.start()  # with a thread of its own, which no process that is forked before this has half of
        bar.update(task, completed=done, total=everything or None)

    try:
        yield show
    finally:
        bar.stop()


def report(error: Exception) -> None:
    """Say where in the program an exception arose; only places, since the texts of exceptions quote their input."""
    if isinstance(error, ConnectionError | TimeoutError):
        return  # a browser that went away
    line(f"fel: programmet har ett fel ({type(error).__name__})")
    for place in traceback.extract_tb(error.__traceback__):
        line(f"  {place.filename}:{place.lineno} {place.name}")
