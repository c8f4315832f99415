"""The text of a YAML file as the parser gets it, and where in the file each of its characters stands.

In: the bytes of one file. Out: its text with line ends of one kind and without the characters that say nothing
(`iup.text.invisible`); what was dropped, with its place; or a fault of the bytes. Line ends of other kinds stand in the
text as they came, since a parser would take them for its own: `for_parser` puts a sign in their place, of which
`from_parser` makes a line end in a block and a space elsewhere, as YAML folds one. Does not know what YAML is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from iup.problems import NOTHING_TO_DO, Finding, Rule, Severity
from iup.text import invisible

MAX_BYTES = 256_000
# No character, so that no file holds it; parsers take it for a letter.
_SIGN = "\ufdd0"
_OTHER_LINE_ENDS = "\x0b\x0c\x85\u2028\u2029"
_OTHER_LINE_END = re.compile(f"[{_OTHER_LINE_ENDS}]")

RULES = (
    SIZE := Rule(
        "yaml-storlek",
        Severity.FAULT,
        f"filen är för stor; en fil får vara högst {MAX_BYTES // 1000} kB",
        "En fil med en elevs uppgifter är några kilobyte. En fil över gränsen är nästan alltid ett misstag (en bild "
        "eller ett annat dokument som klistrats in) och läses inte alls.",
        "ta bort det som inte hör hemma i filen",
    ),
    ENCODING := Rule(
        "yaml-teckenkod",
        Severity.FAULT,
        "filen är inte UTF-8",
        "Alla filer sparas i UTF-8, annars blir å, ä och ö fel. Välj UTF-8 när du sparar i redigeraren.",
        "spara om filen som UTF-8",
    ),
    CHARACTER := Rule(
        "yaml-tecken",
        Severity.FAULT,
        "här står ett tecken som inte får finnas i en text",
        "Styrtecken och tecken som vänder läsriktningen för annan text syns inte men kan gömma eller kasta om den. De "
        "följer ibland med när man klistrar in från ett annat program. Meddelandet säger vilket tecken det är; det "
        "står i den kolumn som pekas ut. Skarvtecken i persiska och indiska ord, riktningsmärken från arabiska och "
        "hebreiska tangentbord och sammansatta emojier får stå.",
        "ta bort tecknet, eller skriv om raden för hand i stället för att klistra in den",
    ),
    DROPPED := Rule(
        "yaml-osynligt",
        Severity.NOTE,
        "här står ett osynligt tecken som inte betyder något; det räknas inte",
        "Nollbreda mellanslag, mjuka bindestreck i varje stavelse och liknande tecken följer med när man klistrar in "
        "från webben eller Word. De syns inte, och texten läses som om de inte fanns. Radslut av andra slag (U+2028) "
        "läses som vanliga radslut. Inget behöver göras.",
        NOTHING_TO_DO,
    ),
)


class FileTextError(Exception):
    """The bytes are no text: a rule, the place from 1, and what there is to say of it where the rule does not."""

    def __init__(self, rule: Rule, line: int, column: int, message: str = "") -> None:
        super().__init__(rule.id)
        self.rule, self.line, self.column, self.message = rule, line, column, message


@dataclass(frozen=True)
class FileText:
    """A file's text, and what was dropped from it: line and column from 1 as the file has them, and the character."""

    text: str
    dropped: tuple[tuple[int, int, str], ...] = ()

    def column(self, line: int, column: int) -> int:
        """Return where in the file a column of the text stands."""
        for at, place, character in self.dropped:
            if at == line and place <= column and not _OTHER_LINE_END.match(character):
                column += 1
        return column


@lru_cache(maxsize=1)
def read(data: bytes) -> FileText:
    """Return a file's text; raise `FileTextError` where it is too large or no text. The latest file is remembered."""
    if len(data) > MAX_BYTES:
        raise FileTextError(SIZE, 1, 1)
    try:
        text = as_written(data)
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        raise FileTextError(ENCODING, before.count(b"\n") + 1, column) from None
    try:
        kept = invisible.cleaned(text, line_end=None)
    except invisible.InvisibleError as error:
        message = f"här står {error.told}; det får inte finnas i en text"
        raise FileTextError(CHARACTER, *_place(text, error.at), message) from None
    return FileText(kept.text, tuple((*_place(text, at), character) for at, character in kept.dropped))


def as_written(data: bytes) -> str:
    """Return a file's text with line ends of one kind and all else as it stands; it must be UTF-8."""
    return data.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def notes(path: str, data: bytes) -> tuple[Finding, ...]:
    """Return what was dropped from a file that can be read: a note for each line, at its first character."""
    lines: dict[int, list[tuple[int, str]]] = {}
    for line, column, character in read(data).dropped:
        lines.setdefault(line, []).append((column, character))
    return tuple(
        Finding(DROPPED, path, (), _said([character for _, character in some]), DROPPED.hint, (line, some[0][0]))
        for line, some in lines.items()
    )


def _said(characters: list[str]) -> str:
    ends = sorted({invisible.code(one) for one in characters if _OTHER_LINE_END.match(one)})
    empty = [one for one in characters if not _OTHER_LINE_END.match(one)]
    codes = ", ".join(sorted(set(map(invisible.code, empty))))
    told = [f"{', '.join(ends)} läses som radslut"] if ends else []
    if empty:
        many = "osynliga tecken som inte betyder" if len(empty) > 1 else "osynligt tecken som inte betyder"
        told.append(f"{len(empty)} {many} något räknas inte ({codes})")
    return "; ".join(told)


def for_parser(text: str) -> str:
    """Return a text in which no line end is of another kind; each character stands where it stood."""
    return _OTHER_LINE_END.sub(_SIGN, text) if any(end in text for end in _OTHER_LINE_ENDS) else text


def from_parser(text: str, line_end: str) -> str:
    """Return what a parser has read, with a line end where there was one of another kind."""
    return text.replace(_SIGN, line_end)


def line_ends(text: str) -> str:
    """Return a text in which every line end is of one kind."""
    return _OTHER_LINE_END.sub("\n", text)


def first(data: bytes, character: str, line: int, column: int) -> tuple[int, int]:
    """Return where a character first stands, from a place on; the place itself where it is written as an escape."""
    for number, one in enumerate(data.decode("utf-8", "replace").split("\n")[line - 1 :], start=line):
        if character in one:
            return number, one.index(character) + 1
    return line, column
