"""The values of the documents about personal data: the extract, the record of processing, the information.

One shape for the three: sections of text, lists and rows. Strings that may be shown, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

from iup.model.people import Labels


@dataclass(frozen=True)
class NoticeRow:
    """What stands together: where, long texts each with what it is, and one line of the short ones."""

    where: str
    texts: tuple[tuple[str, str], ...] = ()
    short: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class NoticeBlock:
    """Rows, points or a text under a heading of their own; each may be left out."""

    title: str = ""
    note: str = ""
    text: str = ""
    points: tuple[str, ...] = ()
    rows: tuple[NoticeRow, ...] = ()


@dataclass(frozen=True)
class NoticeSection:
    """A part of the document."""

    title: str
    text: str = ""
    blocks: tuple[NoticeBlock, ...] = ()


@dataclass(frozen=True)
class NoticeView:
    """A whole document: whose it is from, what it is called, what stands first, and its parts."""

    municipality: str
    board: str
    title: str
    about: str
    day: str
    lead: str
    sections: tuple[NoticeSection, ...]
    document: str = "uppgifter"
    labels: str = Labels.USUAL
