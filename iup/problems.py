"""Mistakes in content, as values with a place, a rule and a hint.

`Rule` is the one home of a rule's identity, severity and documentation (what `explain RULE` prints). A check yields a
`Finding` (a path and keys into the file). `site.load.located` turns findings into `Problem`s with line and column, and
reads positions only in the files that have a problem.

How a message is written: lower case, no full stop, what was found and what was expected; the rule id stands last. Never
quote the value of a pupil's field: build logs are not covered by secrecy.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

NOTHING_TO_DO = "inget behöver göras"  # the hint of a note that asks for nothing
_FEW = 3  # such notes of one rule are shown one by one


class Severity(StrEnum):
    """How much a problem matters: only `FAULT` stops a build."""

    FAULT = "fel"
    WARNING = "varning"
    NOTE = "upplysning"


@dataclass(frozen=True)
class Rule:
    """A rule that content must follow. `doc` is Swedish prose for the person whose file breaks it."""

    id: str
    severity: Severity
    summary: str
    doc: str
    hint: str = ""

    def at(self, path: str, *keys: str | int, message: str = "", hint: str = "") -> Finding:
        """Report this rule at a key path inside a file."""
        return Finding(self, path, keys, message or self.summary, hint or self.hint)

    def on_line(self, path: str, *keys: str | int, mark: str, message: str) -> Finding:
        """Report this rule at a character inside a text; `{rad}` in the message becomes the number of its line."""
        return Finding(self, path, keys, message, self.hint, mark=mark)


@dataclass(frozen=True)
class Finding:
    """A problem whose line is not known yet: a rule, a file and the keys to the place (or its line and column).

    `excerpt` is the line as far as it may be shown, and below it a caret; empty where a line would tell nothing.
    `mark` is a character in the text at that place, to be pointed at.
    """

    rule: Rule
    path: str
    keys: tuple[str | int, ...]
    message: str
    hint: str = ""
    place: tuple[int, int] | None = None
    excerpt: str = ""
    mark: str = ""


@dataclass(frozen=True, order=True)
class Location:
    """A place in a file of the tree; line and column count from 1."""

    path: str
    line: int
    column: int


@dataclass(frozen=True)
class Problem:
    """A located mistake."""

    location: Location
    rule: str
    severity: Severity
    message: str
    hint: str = ""
    excerpt: str = ""


def in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    """Sort by place and drop exact repetitions.

    In a pupil's folder `pupil.yaml` comes first: a relation that is wrong there makes faults in plan and goals, and the
    cause is to be read before what follows from it.
    """

    def place(problem: Problem) -> tuple[str, Location, str, str]:
        return problem.location.path.removesuffix("pupil.yaml"), problem.location, problem.rule, problem.message

    return tuple(sorted(dict.fromkeys(problems), key=place))


def has_faults(problems: tuple[Problem, ...], *, strict: bool = False) -> bool:
    """Say whether a build must stop. `strict` counts warnings as faults, never notes."""
    stopping = {Severity.FAULT, Severity.WARNING} if strict else {Severity.FAULT}
    return any(p.severity in stopping for p in problems)


def as_text(problem: Problem) -> str:
    """Format for a terminal: `file:line:column: fel: message [rule]`, the line with a caret, then a hint line."""
    place = problem.location
    line = (
        f"{_printable(place.path)}:{place.line}:{place.column}: {problem.severity}: {problem.message} [{problem.rule}]"
    )
    hint = f"{problem.hint}; " if problem.hint else ""
    shown = "".join(f"\n    {one}" for one in problem.excerpt.splitlines())
    return f"{line}{shown}\n  tips: {hint}se build.py explain {problem.rule}"


def in_brief(found: tuple[Problem, ...]) -> tuple[tuple[Problem, ...], tuple[str, ...]]:
    """Return what to show one by one, and for each rule whose many notes ask for nothing a line with their number."""
    many = Counter(p.rule for p in found if p.hint == NOTHING_TO_DO)
    folded = {rule: number for rule, number in many.items() if number > _FEW}
    messages = {p.rule: p.message for p in reversed(found) if p.rule in folded}
    lines = tuple(f"{folded[rule]} upplysningar: {messages[rule]} [{rule}]" for rule in sorted(folded))
    return tuple(p for p in found if p.rule not in folded), lines


def as_json(problems: tuple[Problem, ...]) -> str:
    """Format all problems as one JSON array, one object a problem."""
    return json.dumps(
        [
            {
                "path": p.location.path,
                "line": p.location.line,
                "column": p.location.column,
                "severity": p.severity.value,
                "rule": p.rule,
                "message": p.message,
                "hint": p.hint,
                "excerpt": p.excerpt,
            }
            for p in problems
        ],
        ensure_ascii=False,
        indent=2,
    )


def as_github(problem: Problem) -> str:
    """Format as a workflow annotation; `%`, CR, LF and, in properties, `:` and `,` are escaped as GitHub asks."""
    command = {Severity.FAULT: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}[problem.severity]
    place = problem.location
    properties = (
        f"file={_property(_printable(place.path))},line={place.line},col={place.column},title={_property(problem.rule)}"
    )
    text = f"{problem.message} — {problem.hint}" if problem.hint else problem.message
    return f"::{command} {properties}::{_escaped(text)}"


def _printable(path: str) -> str:
    """Return a path in which what would steer a terminal, or turn the text round, is written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in path)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
