"""How a text that somebody wrote is read: paragraphs, the lines they were broken into on purpose, lists and tables.

In: a text as it lies in a file, perhaps wrapped by an editor. Out: its blocks; the same text with one line for each
line that is read (`unwrapped`, what somebody is given to alter); or the other way (`as_typed`), a text in which every
line end was meant, in a form that is read as just those lines. Not Markdown: there a line that begins `1986. ` or a
word in *stars* would come out as something else than was written.

A line end counts as the writer's own where the next word would have had room on the line: within the paragraph's widest
line, of 60 characters at least. Behind a line of more than 100 it always does, since no editor wraps there; and before
a line that is indented.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PARAGRAPHS = re.compile(r"\n[ \t]*\n[\n \t]*")
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
    """A point of a list: what it begins with, as written, and its lines."""

    mark: str
    lines: tuple[str, ...]


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
    """A line as it is read; `joined` goes on with the line above, `apart` has a blank line above it."""

    kind: _Kind
    text: str
    mark: str = ""
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
    for line in _read_lines(text):
        last = found[-1] if found and not line.apart else None
        match line.kind:
            case _Kind.ROW:
                row = tuple(cell.strip() for cell in line.text.split("\t"))
                found[len(found) - 1 if isinstance(last, Table) else len(found) :] = [
                    Table((*last.rows, row) if isinstance(last, Table) else (row,))
                ]
            case _Kind.POINT:
                point = Point(line.mark, (line.text,))
                same = isinstance(last, Points) and last.family is line.family
                points = (*last.points, point) if same and isinstance(last, Points) else (point,)
                found[len(found) - 1 if same else len(found) :] = [Points(line.family, points)]
            case _Kind.MORE if isinstance(last, Points):
                *former, point = last.points
                found[-1] = Points(last.family, (*former, replace(point, lines=(*point.lines, line.text))))
            case _:
                lines = (*last.lines, line.text) if isinstance(last, Paragraph) else (line.text,)
                found[len(found) - 1 if isinstance(last, Paragraph) else len(found) :] = [Paragraph(lines)]
    return tuple(_squared(block) if isinstance(block, Table) else block for block in found)


def _squared(table: Table) -> Table:
    """Return a table with as many cells in each row: what stood last and was empty may have been cut off."""
    width = max(map(len, table.rows))
    return Table(tuple((*row, *[""] * (width - len(row))) for row in table.rows))


def unwrapped(text: str) -> str:
    """Return a text as it is read, with one line for each line that is set: what somebody is given to alter."""
    return _written(_read_lines(text), frozenset())


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
    column = 0
    for number, line in enumerate(lines):
        if line.kind is _Kind.POINT:
            column = len(line.mark) + 1
        after = lines[number - 1].kind if number else line.kind
        begins = line.kind is _Kind.POINT or (line.kind is _Kind.RUN and after is not _Kind.RUN)
        if number and (line.apart or (number in apart and begins)):
            made.append("")
        further = _EXPLICIT if number in apart and not begins and not line.apart else 0
        lead = {_Kind.POINT: f"{line.mark} ", _Kind.MORE: " " * (column + further)}.get(line.kind, " " * further)
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
    for number, paragraph in enumerate(_PARAGRAPHS.split(text.strip(" \n"))):
        if paragraph.strip():
            first, *rest = _Paragraph(paragraph.split("\n"), typed=typed).read()
            yield from (replace(first, apart=number > 0), *rest)


class _Paragraph:
    """The lines between two blank lines, on their way to being read."""

    def __init__(self, lines: list[str], *, typed: bool) -> None:
        self._lines, self._typed = lines, typed
        self._rows = _rows(lines)
        self._base = _indent(lines[0])
        self._column: int | None = None  # where the text of the point begins that is being read
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
            return _Line(_Kind.ROW, line.strip(" ").rstrip())
        full = self._is_full(number)
        if item and self._begins_point(item, full=full):
            self._column = len(item[0].expandtabs(4))
            return _Line(_Kind.POINT, line[item.end() :].strip(), _WORDS_SIGNS.get(item["mark"], item["mark"]))
        text, indent = line.strip(), _indent(line)
        if self._column is not None and (indent > self._base or full):
            return _Line(_Kind.MORE, text, self._last.mark, joined=full and indent < self._column + _EXPLICIT)
        self._column = None
        return _Line(_Kind.RUN, text, joined=full and indent <= self._base)

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
    """Return which lines are rows of a table: two or more in a row that tabs divide, and that are no points."""
    divided = [bool("\t" in line.strip() and not _ITEM.match(line)) for line in lines]
    near = zip([False, *divided[:-1]], divided, [*divided[1:], False], strict=True)
    return frozenset(number for number, (above, here, below) in enumerate(near) if here and (above or below))


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
