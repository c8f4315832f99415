"""How a text that somebody wrote is read: paragraphs, the lines they were broken into on purpose, lists and tables.

In: a text as it lies in a file, perhaps wrapped by an editor. Out: its blocks; the same text with one line for each
line that is read (`unwrapped`, what somebody is given to alter); or the other way (`as_typed`), a text in which every
line end was meant, in a form that is read as just those lines. Not Markdown: there a line that begins `1986. ` or a
word in *stars* would come out as something else than was written.

A line end counts as the writer's own where the next word would have had room on the line: within the paragraph's widest
line, of 60 characters at least. Behind a line of more than 100 it always does, since no editor wraps there; and before
a line that is indented. A point that begins two spaces further in, or a tab, stands in a list inside the point above.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_PARAGRAPHS = re.compile(r"\n(?:[ \t]*\n)+")
_LEAST_WIDTH, _MOST_WIDTH = 60, 100
_LONG = 30  # so much of a word counts: before an address that fits on no line, an editor may break or not
# What begins a point: a sign (U+F0B7 is Word's, and o with a tab its second level), a number of two digits, a letter.
_SIGNS = "-–—•*·\uf0b7▪◦‣●○"
_ITEM = re.compile(rf"[ \t]*(?P<mark>[{_SIGNS}]|o(?=\t)|[0-9]{{1,2}}[.)]|[a-zåäö]\))[ \t\u00a0]+(?=\S)")
_WORDS_SIGNS = {"\uf0b7": "•", "o": "◦"}  # as they look in Word
# Signs that begin a point wherever they stand first; others may be a dash or a number that an editor wrapped there.
_ALWAYS = "-•\uf0b7"
_DASHES = "–—"
_EXPLICIT = 4  # spaces more than a point's text: its line was broken on purpose
_STEP = 2  # spaces that a point begins further in than the one whose list it is in,
_DEEPEST = 3  # so many times at most
_WORDS_SECOND = 4  # what Word's sign of its second level, pasted without its indent, counts for


class Family(Enum):
    """What the points of a list begin with: a sign, a dash as in speech, or a number or letter."""

    BULLETS = "bullets"
    DASHES = "dashes"
    NUMBERS = "numbers"


@dataclass(frozen=True)
class Paragraph:
    """Running text, line by line as the writer broke it."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Point:
    """A point of a list: what it begins with, as written, its lines, and the lists inside it."""

    mark: str
    lines: tuple[str, ...]
    inner: tuple[Points, ...] = ()


@dataclass(frozen=True)
class Points:
    """A list."""

    family: Family
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Table:
    """Rows of cells, as many in each."""

    rows: tuple[tuple[str, ...], ...]


Block = Paragraph | Points | Table


class _Kind(Enum):
    RUN = 1  # a line of a paragraph
    POINT = 2  # the first line of a point
    MORE = 3  # a further line of a point
    ROW = 4  # of a table


@dataclass(frozen=True)
class _Line:
    """A line as it is read; `joined` goes on with the line above, `apart` has a blank line above it.

    `level` says in how many other points a point stands.
    """

    kind: _Kind
    text: str
    mark: str = ""
    level: int = 0
    joined: bool = False
    apart: bool = False

    @property
    def family(self) -> Family:
        if self.mark[0] in _DASHES:
            return Family.DASHES
        return Family.NUMBERS if self.mark[-1] in ".)" else Family.BULLETS


def blocks(text: str) -> tuple[Block, ...]:
    """Return a text as it is set: paragraphs, lists and tables in order."""
    found: list[Block] = []
    for run in _runs(_read_lines(text)):
        match run[0].kind:
            case _Kind.ROW:
                found.append(_table(run))
            case _Kind.POINT:
                found += _lists(run, 0)
            case _:
                found.append(Paragraph(tuple(line.text for line in run)))
    return tuple(found)


def _runs(lines: Iterable[_Line]) -> list[list[_Line]]:
    """Return lines in the blocks that they make."""
    found: list[list[_Line]] = []
    for line in lines:
        if found and not line.apart and line.kind in (_Kind.MORE, found[-1][0].kind):
            found[-1].append(line)
        else:
            found.append([line])
    return found


def _lists(lines: Sequence[_Line], level: int) -> Iterator[Points]:
    """Yield the lists that some lines make, the first of which is a point; what is deeper stands inside a point."""
    family, points = lines[0].family if lines else Family.BULLETS, list[Point]()
    starts = [number for number, line in enumerate(lines) if line.kind is _Kind.POINT and line.level <= level]
    for start, end in pairwise([*starts, len(lines)]):
        head, *rest = lines[start:end]
        deeper = next((number for number, line in enumerate(rest) if line.kind is _Kind.POINT), len(rest))
        texts = (head.text, *(line.text for line in rest[:deeper]))
        if head.family is not family:
            yield Points(family, tuple(points))
            family, points = head.family, []
        points.append(Point(head.mark, texts, tuple(_lists(rest[deeper:], level + 1))))
    if points:
        yield Points(family, tuple(points))


def _table(lines: Sequence[_Line]) -> Table:
    """Return a table with as many cells in each row, but no column that is empty last."""
    rows = [[cell.strip() for cell in line.text.split("\t")] for line in lines]
    width = max(number for row in rows for number, cell in enumerate(row, 1) if cell)
    return Table(tuple((*row[:width], *[""] * (width - len(row))) for row in rows))


def unwrapped(text: str) -> str:
    """Return a text as it is read, with one line for each line that is set: what somebody is given to alter."""
    return _written(_read_lines(text), frozenset())


def read_flat(text: str) -> str:
    """Return a text as it was given to alter before lists stood in lists: so it stands in documents from then."""
    return _written([replace(line, level=0) for line in _read_lines(text)], frozenset())


def as_typed(text: str) -> str:
    """Return a text in which each line end is meant, so that it is read as these lines: `unwrapped` gives them back.

    It is the same text wherever that is read so. Else a line begins further in, or a blank line is put before it.
    """
    lines = _read_lines(text, typed=True)
    apart: frozenset[int] = frozenset()
    while True:
        made = _written(lines, apart)
        joined = frozenset(number for number, line in enumerate(_classified(made)) if line.joined)
        if joined <= apart:
            return made
        apart |= joined


def _written(lines: Sequence[_Line], apart: frozenset[int]) -> str:
    """Return lines as a text; those in `apart` begin further in, or where they cannot, after a blank line."""
    made: list[str] = []
    column, indent = 0, ""
    for number, line in enumerate(lines):
        if line.kind is _Kind.POINT:
            indent = " " * _STEP * line.level
            column = len(indent) + len(line.mark) + 1
        after = lines[number - 1].kind if number else line.kind
        begins = line.kind is _Kind.POINT or (line.kind is _Kind.RUN and after is not _Kind.RUN)
        if number and (line.apart or (number in apart and begins)):
            made.append("")
        further = _EXPLICIT if number in apart and not begins and not line.apart else 0
        leads = {_Kind.POINT: f"{indent}{line.mark} ", _Kind.MORE: " " * (column + further)}
        lead = leads.get(line.kind, " " * further)
        made.append(f"{lead}{line.text}")
    return "\n".join(made)


def _read_lines(text: str, *, typed: bool = False) -> tuple[_Line, ...]:
    """Return the lines that a text is read as, with those joined that an editor wrapped."""
    found: list[_Line] = []
    for line in _classified(text, typed=typed):
        if line.joined:
            found[-1] = replace(found[-1], text=f"{found[-1].text} {line.text}")
        else:
            found.append(line)
    return tuple(found)


def _classified(text: str, *, typed: bool = False) -> Iterator[_Line]:
    """Yield each line that is not blank with what it is; in a text that was `typed` none is joined to another."""
    begun = False
    for paragraph in _PARAGRAPHS.split("\n" + text.rstrip(" \n")):
        if paragraph.strip():
            first, *rest = _Paragraph(paragraph.strip("\n").split("\n"), typed=typed).read()
            yield from (replace(first, apart=begun), *rest)
            begun = True


class _Paragraph:
    """The lines between two blank lines, on their way to being read."""

    def __init__(self, lines: list[str], *, typed: bool) -> None:
        self._further = _indent(lines[0])  # of the first line, from which the others are further in
        self._lines = lines = [lines[0].lstrip(" \t"), *lines[1:]]
        self._typed = typed
        self._rows = _rows(lines)
        self._column: int | None = None  # where the text of the point begins that is being read
        self._marks: list[int] = []  # where the points begin that it stands in, and it
        self._second = 0  # how much further in Word's second level counts
        self._lengths = [len(line.strip()) + min(_indent(line), _EXPLICIT - 1) for line in lines]
        widest = max((length for length in self._lengths if length <= _MOST_WIDTH), default=0)
        self._width = max(widest, _LEAST_WIDTH)
        self._last = _Line(_Kind.RUN, "")

    def read(self) -> Iterator[_Line]:
        """Yield each line with what it is."""
        for number, line in enumerate(self._lines):
            self._last = self._one(number, line, _ITEM.match(line))
            yield self._last

    def _one(self, number: int, line: str, item: re.Match[str] | None) -> _Line:
        if number in self._rows:
            self._column = None
            return _Line(_Kind.ROW, line.strip(" "))
        full = self._is_full(number)
        if item and self._begins_point(item, full=full):
            level = self._level(_indent(line) if number else self._further, item["mark"])
            self._column = len(item[0].expandtabs(4))
            return _Line(_Kind.POINT, line[item.end() :].strip(), _WORDS_SIGNS.get(item["mark"], item["mark"]), level)
        text, indent = line.strip(), _indent(line)
        if self._column is not None and (indent or full):
            joined = full and indent < self._column + _EXPLICIT
            return _Line(_Kind.MORE, text, self._last.mark, joined=joined)
        self._column = None
        return _Line(_Kind.RUN, text, joined=full and not indent)

    def _level(self, indent: int, mark: str) -> int:
        """Return in how many points one stands that begins with a mark so far in."""
        if self._column is None:
            self._marks, self._second = [indent], 0 if mark == "o" else _WORDS_SECOND
            return 0
        indent += self._second if mark == "o" else 0
        while len(self._marks) > 1 and indent <= self._marks[-1] - _STEP:
            self._marks.pop()
        if indent >= self._marks[-1] + _STEP and len(self._marks) <= _DEEPEST:
            self._marks.append(indent)
        return len(self._marks) - 1

    def _is_full(self, number: int) -> bool:
        """Say whether the line above has no room for the first word of a line: then an editor may have wrapped it."""
        if self._typed or not number or number - 1 in self._rows:
            return False
        above, word = self._lengths[number - 1], self._lines[number].split(maxsplit=1)[0]
        return above <= _MOST_WIDTH and above + 1 + min(len(word), _LONG) > self._width

    def _begins_point(self, item: re.Match[str], *, full: bool) -> bool:
        mark = item["mark"]
        if not full or mark in _ALWAYS:
            return True
        if self._column is None or not self._last.mark:
            return False
        new = _Line(_Kind.POINT, "", mark)
        return new.family is self._last.family and (new.family is not Family.NUMBERS or _follows(self._last.mark, mark))


def _follows(before: str, mark: str) -> bool:
    """Say whether a number or letter is the next one."""
    if before[:-1].isdecimal() and mark[:-1].isdecimal():
        return int(mark[:-1]) == int(before[:-1]) + 1
    return len(before) == len(mark) and ord(mark[0]) == ord(before[0]) + 1


def _rows(lines: list[str]) -> frozenset[int]:
    """Return which lines are rows of a table: two or more in a row that tabs divide, and that are no points.

    A row whose last cells are empty ends with a tab; lines that all do so are no table.
    """
    found: set[int] = set()
    for divided, run in groupby(enumerate(lines), lambda one: "\t" in one[1].lstrip() and not _ITEM.match(one[1])):
        numbers = [number for number, _ in run]
        if divided and len(numbers) > 1 and any("\t" in lines[number].strip() for number in numbers):
            found |= set(numbers)
    return frozenset(found)


def _indent(line: str) -> int:
    wide = line.expandtabs(4)
    return len(wide) - len(wide.lstrip())


def read_formerly(text: str) -> str:
    """Return a text as it was given to alter before line ends counted: so it stands in documents from then."""
    found = []
    for paragraph in re.split(r"\n[ \t]*\n", text.strip()):
        lines: list[str] = []
        for line in paragraph.split("\n"):
            bullet = re.match(r"^[ \t]*[-•][ \t]+", line)
            if bullet or not lines:
                lines.append(f"- {line[bullet.end() :]}" if bullet else line.strip())
            else:
                lines[-1] += f" {line.strip()}"
        found.append("\n".join(lines))
    return "\n\n".join(found)
