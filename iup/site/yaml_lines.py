"""The lines of a file as a person reads them, also where no parser can.

In: the text of a file. Out: for each line where it begins, its key and its value, and under which line's text it
stands. Only the look of the lines counts, so that one mistake does not hide what the next line is. Judges nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Spaces that are no spaces to the parser; U+00A0 is what Word writes.
HARD = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_LEAD = re.compile(rf"[ \t{HARD}]*")
_DASHES = re.compile(r"(?:-(?:[ \t]+|$))*")
_KEYED = re.compile(rf"(?P<key>\"[^\"]*\"|'[^']*'|[^\s:#\"'{HARD}][^:]*?)(?P<gap>[ \t{HARD}]*):(?=[ \t{HARD}]|$)")
_BLOCK = re.compile(r"[|>][-+0-9]*[ \t]*(?:#.*)?")
_QUOTED = {'"': re.compile(r'"(?:[^"\\]|\\.)*"'), "'": re.compile(r"'(?:[^']|'')*'")}


@dataclass(frozen=True)
class FileRow:
    """A line. `indent` and `column` are where it and its key begin, from 0; `at` is where the value begins.

    `under` is the row whose text this line is a part of. A row with neither key nor dash nor that is loose.
    """

    number: int
    text: str
    indent: int
    column: int
    is_item: bool
    key: str
    gap: str
    value: str
    at: int
    under: FileRow | None = None

    @property
    def lead(self) -> str:
        """The white space that the line begins with."""
        return self.text[: self.indent]

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands on the line, or a comment alone."""
        return not self.text.strip() or (self.under is None and self.text.lstrip().startswith("#"))

    @property
    def opens_block(self) -> bool:
        """Whether a text begins on the next line."""
        return _BLOCK.fullmatch(self.value) is not None

    @property
    def is_loose(self) -> bool:
        """Whether the line is neither a key, an item nor a part of a text."""
        return not (self.key or self.is_item or self.under or self.is_blank)


def closing(value: str) -> int:
    """Return where a value that begins with a quotation mark ends; -1 where that is not on its line."""
    found = _QUOTED[value[0]].match(value)
    return found.end() if found else -1


def read_rows(text: str) -> tuple[FileRow, ...]:
    """Return every line of a file, in order."""
    found: list[FileRow] = []
    above: FileRow | None = None  # whose text goes on
    for number, line in enumerate(text.split("\n")):
        row = _row(number, line)
        if above is not None and (not line.strip() or row.indent > above.column):
            row = FileRow(
                number, line, row.indent, row.indent, is_item=False, key="", gap="", value="", at=0, under=above
            )
            if not above.opens_block and line.lstrip().startswith("#"):
                above = None
        elif line.strip() and not row.is_blank:
            above = row if _goes_on(row) else None
        found.append(row)
    return tuple(found)


def _goes_on(row: FileRow) -> bool:
    """Say whether deeper lines belong to this one's value."""
    value = row.value.strip()
    if not value or not (row.key or row.is_item):
        return False
    return not (value[0] in _QUOTED and closing(value) > 0)


def _row(number: int, line: str) -> FileRow:
    lead = _LEAD.match(line)
    indent = lead.end() if lead else 0
    dashes = _DASHES.match(line, indent)
    column = dashes.end() if dashes else indent
    keyed = _KEYED.match(line, column)
    at = keyed.end() if keyed else column
    while at < len(line) and line[at] in " \t":
        at += 1
    return FileRow(
        number,
        line,
        indent,
        column,
        is_item=column > indent,
        key=keyed["key"] if keyed else "",
        gap=keyed["gap"] if keyed else "",
        value=line[at:].rstrip(" \t"),
        at=at,
    )
