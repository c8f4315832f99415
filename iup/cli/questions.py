"""Ask a person at a terminal, or read the answers that are piped in, line by line.

In: a question. Out: what was typed. A question goes to stderr, so that stdout has nothing but results.
"""

from __future__ import annotations

import sys

import typer

from iup.errors import UsageError


def answer(question: str, choices: tuple[str, ...]) -> str:
    """Ask until one of the choices is given; the end of input means the last of them."""
    while True:
        said = typed(question)
        if said is None:
            return choices[-1]
        found = [choice for choice in choices if said and choice.startswith(said.lower())]
        if len(found) == 1:
            return found[0]


def agreed(question: str) -> bool:
    """Ask for a yes or a no at a terminal; raise `UsageError` where there is none."""
    if not sys.stdin.isatty():
        raise UsageError("svara ja i en terminal, eller ange --yes")
    return agrees(question)


def agrees(question: str) -> bool:
    """Ask for a yes or a no."""
    return answer(f"{question} ja eller nej", ("ja", "nej")) == "ja"


def typed(question: str) -> str | None:
    """Return a line that a person types, or the next of what was piped in; None at its end."""
    if sys.stdin.isatty():
        return str(typer.prompt(question, default="", show_default=False, err=True)).strip()
    line = sys.stdin.readline()
    return line.strip() if line else None


def wanted(question: str) -> str:
    """Return what a person types, which may not be nothing; raise `UsageError` where the input ends."""
    said = typed(question)
    if not said:
        raise UsageError("inskrivningen avbröts; inget är sparat")
    return said
