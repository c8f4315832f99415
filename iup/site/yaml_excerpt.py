"""A line of a file, shown to whoever must mend it, with a caret under the fault and without a word that somebody wrote.

In: the lines of a file and a place. Out: two lines of text. Only white space, the dashes of a list, a key that the
program itself gave the file, and the sign at the fault are shown; all else is an ellipsis, however long it is.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iup.site.yaml_causes import FileRows
    from iup.site.yaml_lines import FileRow

_REST = "…"
# What cannot be seen is shown as a sign that can.
_SEEN = {"\t": "→", "\u00a0": "␣", "\u202f": "␣", "\u2007": "␣"}


def excerpt(lines: FileRows, line: int, column: int) -> str:
    """Return a line as far as it may be shown and, below it, a caret under a column; both from 1."""
    if not 0 < line <= len(lines.rows):
        return ""
    row = lines.rows[line - 1]
    shown, caret = _shown(lines, row, column - 1)
    return f"{shown}\n{' ' * caret}^"


def _shown(lines: FileRows, row: FileRow, at: int) -> tuple[str, int]:
    text = row.text
    known = lines.key_of(row) if not row.under else None
    open_until = row.column if not row.under else row.indent
    if known is not None:
        open_until = known.end("sign")
    elif row.key in lines.keys:
        open_until = row.column + len(row.key)
    shown = "".join(_SEEN.get(c, " " if c.isspace() else c) for c in text[:open_until])
    if at < open_until:
        return shown + (_REST if text[open_until:].strip() else ""), at
    gap = "".join(_SEEN.get(c, " ") for c in text[open_until:at]) if not text[open_until:at].strip() else f" {_REST} "
    sign = text[at : at + 1]
    seen = _SEEN.get(sign, sign if sign and unicodedata.category(sign)[0] in "PS" else "")
    while seen and text[at + len(seen) : at + len(seen) + 1] == sign:
        seen += seen[0]
    rest = text[at + len(seen) :].strip()
    return f"{shown}{gap}{seen}{_REST if rest else ''}", len(shown) + len(gap)
