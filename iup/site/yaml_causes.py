"""What may be wrong on one line of a file, by its look: the cause as a rule, the place, and the file without it.

In: the rows of a file, and the keys that such a file has. Out: causes, for each row in order. A cause is a suspicion:
only whoever tries its repaired texts knows whether it is what stops the file from being read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from iup.site import yaml_rules
from iup.site.yaml_lines import HARD, FileRow, closing, read_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from iup.problems import Rule

# Colons of other scripts, and letters that look like one.
OTHER_COLONS = "\uff1a\ufe55\ufe13\ua789\u2236\u02d0\u02f8\u0589\u05c3\u0703\u1804\u2982"
OPENING, QUOTES = "\u201d\u201c\u201e\u2019\u2018\u201a\u00ab\u00bb\u2039\u203a", "\u201d\u201c\u201e\u2019\u2018\u201a"
_SIGNS = "*&%@`![]{}|>,?#-:"
_HARD = re.compile(f"[{HARD}]")
_BAD_DASH = re.compile(r"(?:[\u2010-\u2015\u2212\u2022\u00b7\uf0b7*][ \t]*|-(?=[^\s-]))(?=[^\s])")
# The keys under which people write texts.
_TEXTS = frozenset({"text", "kommentar", "mål", "skolan", "eleven", "hemmet", "så_gick_det", "gäller", "hjälp", "skäl"})
_COLON = re.compile(r":(?:\s|$)")
_DOCUMENT = re.compile(r"(?:---|\.\.\.)(?:\s|$)")
_ESCAPE = re.compile(r'\\[^0abtnvfreN_LPxuU "/\\]')


@dataclass(frozen=True)
class Cause:
    """A suspicion: the rule, the place from 1, and texts of the whole file in which the mistake is mended.

    A `weak` one counts only where all of the file is right without it.
    """

    rule: Rule
    line: int
    column: int
    repaired: tuple[str, ...]
    message: str = ""
    hint: str = ""
    weak: bool = False


def moved(row: FileRow, column: int, *, several: bool = False, above: FileRow | None = None) -> tuple[str, str]:
    """Return what to say of a row that belongs in another column, `several` with the rows below it: message and hint.

    `above` is the row to which it is counted as it stands; its key may be shown.
    """
    what = "raden, med dem som hör till den," if several else "raden"
    counted = f" och räknas till ”{above.key}” på rad {above.number + 1}," if above and above.key else ""
    message = (
        f"{what} har fel indrag: den börjar i kolumn {row.indent + 1}{counted} men hör hemma i kolumn {column + 1}"
    )
    hint = f"dra in raden med {column} mellanslag i stället för {row.indent}" if column else "börja raden utan indrag"
    return message, f"{hint}, och flytta raderna under den lika mycket" if several else hint


class FileRows:
    """A file's rows, with what is suspicious in each."""

    def __init__(self, text: str, keys: Collection[str]) -> None:
        """Read the lines of a file in which `keys` may stand."""
        self.rows: Sequence[FileRow] = read_rows(text)
        self.keys = keys
        words = "|".join(sorted(map(re.escape, keys), key=len, reverse=True)) or "(?!)"
        self._near = re.compile(rf"(?P<key>{words})(?P<gap>[ \t{HARD}]*)(?P<sign>[:;=,.{OTHER_COLONS}]?)(?P<rest>.*)")

        self._second_key = re.compile(rf"[ \t,]+(?P<key>{words}):(?=\s|$)")

    def key_of(self, row: FileRow) -> re.Match[str] | None:
        """Return what a line that should have a key begins with: one of the file's keys and a sign for its colon."""
        found = self._near.match(row.text, row.column if not row.under else row.indent)
        return None if found is None or (re.match(r"\w", found["sign"] + found["rest"]) and not found["gap"]) else found

    def replaced(self, row: FileRow, line: str, until: int | None = None) -> str:
        """Return the file with other text in the place of a row, and of those that follow up to a number."""
        texts = [one.text for one in self.rows]
        return "\n".join([*texts[: row.number], line, *texts[row.number + 1 if until is None else until :]])

    def as_block(self, row: FileRow) -> str:
        """Return the file with a row's value, on as many lines as it has, as a block under its key."""
        end = row.number + 1
        while end < len(self.rows) and self.rows[end].under is row:
            end += 1
        pad = " " * (row.column + 2)
        rest = [pad + one.text.strip() for one in self.rows[row.number + 1 : end]]
        return self.replaced(row, "\n".join([f"{row.text[: row.at]}|", pad + (row.value or "."), *rest]), end)

    def _block_hint(self, row: FileRow) -> str:
        """Return how a text is written under its key, and what is no text on its line; empty for a key not ours."""
        if row.key in self.keys and row.key not in _TEXTS:
            return "ta bort tecknet ur värdet"
        return f"skriv ”{row.key}: |” och texten på raden under, indragen" if row.key in self.keys else ""

    def causes(self, row: FileRow) -> Iterator[Cause]:
        """Yield what may be wrong with a row, the likeliest first."""
        if yaml_rules.MARKER.match(row.text) or row.text == "=======":
            yield self._at(yaml_rules.MARKERS, row, row.indent, self.replaced(row, "" if row.under else "#"))
        elif row.under is not None:
            yield from self._in_text(row)
        elif not row.is_blank or row.lead.strip(" "):
            yield from self._lead(row, row.lead)
            yield from self._start(row)
            yield from self._value(row)

    def _at(self, rule: Rule, row: FileRow, column: int, *repaired: str, message: str = "", hint: str = "") -> Cause:
        return Cause(rule, row.number + 1, column + 1, repaired, message, hint)

    # --- where a line begins

    def _lead(self, row: FileRow, lead: str) -> Iterator[Cause]:
        odd = lead.lstrip(" ")
        if not odd:
            return
        around = {one.indent for one in self.rows[max(row.number - 3, 0) : row.number + 4] if not one.lead.strip(" ")}
        widths = sorted({len(lead.replace("\t", " " * n)) for n in (0, 1, 2, 4, 8)} | around)
        rule = yaml_rules.TAB if odd[0] == "\t" else yaml_rules.HARD_SPACE
        rest = row.text[len(lead) :]
        yield self._at(rule, row, len(lead) - len(odd), *(self.replaced(row, " " * n + rest) for n in widths))

    def _in_text(self, row: FileRow) -> Iterator[Cause]:
        above = row.under
        assert above is not None  # noqa: S101  only such rows come here
        first = next((r for r in self.rows[above.number + 1 :] if r.text.strip()), row)
        if above.opens_block:
            depth = first.indent if first.indent > above.column and not first.lead.strip(" ") else above.column + 2
            if row.lead[:depth].strip(" "):
                yield from self._lead(row, row.lead)
            elif not row.text.strip() and row.number < first.number:
                fixed = self.replaced(row, "")
                yield self._at(yaml_rules.INDENT, row, 0, fixed, message="en tom rad före texten har mellanslag på sig")
            elif row.indent < depth and row.text.strip():
                yield self._text_indent(row, depth)
        elif row.lead.strip(" "):
            yield from self._lead(row, row.lead)
        key = None if row.lead.strip(" ") else self.key_of(row)
        if key is not None and key["sign"] == ":":
            fixed = self.replaced(row, " " * above.column + row.text.strip())
            said = moved(row, above.column)
            yield self._at(yaml_rules.INDENT, row, row.indent, fixed, message=said[0], hint=said[1])
        elif not (above.opens_block or above.value[0] in "\"'" or row.lead.strip(" ")) and (
            colon := _COLON.search(row.text)
        ):
            yield self._at(
                yaml_rules.COLON_IN_TEXT, row, colon.start(), self.as_block(above), hint=self._block_hint(above)
            )

    def _text_indent(self, row: FileRow, depth: int) -> Cause:
        said = f"dra in raden med {depth} mellanslag, lika långt som textens första rad"
        fixed = self.replaced(row, " " * depth + row.text.strip())
        return self._at(yaml_rules.TEXT_INDENT, row, row.indent, fixed, hint=said)

    # --- the key

    def _start(self, row: FileRow) -> Iterator[Cause]:
        start = row.text[row.column :]
        if row.number and _DOCUMENT.match(row.text):
            yield self._at(yaml_rules.DOCUMENT, row, 0, self.replaced(row, "#"))
        dash = _BAD_DASH.match(row.text, row.indent)
        if dash and not row.is_item and (self._is_key(row.text[dash.end() :]) or not row.key):
            fixed = self.replaced(row, f"{row.lead}- {row.text[dash.end() :]}")
            yield self._at(yaml_rules.DASH, row, row.indent, fixed)
        if start[:1] and start[0] in OPENING and (quoted := re.match(f"[{OPENING}](.+?)[{OPENING}](.*)", start)):
            fixed = row.text[: row.column] + quoted[1] + quoted[2]
            yield self._at(yaml_rules.SMART_QUOTES, row, row.column, self.replaced(row, fixed))
        if _HARD.search(row.key) or _HARD.search(row.gap):
            fixed = row.text[: row.column] + _HARD.sub(" ", row.key).strip() + row.text[row.text.index(":") :]
            hard = _HARD.search(row.text, row.column)
            yield self._at(yaml_rules.HARD_SPACE, row, hard.start() if hard else 0, self.replaced(row, fixed))
        if not row.key:
            yield from self._keyless(row)
        yield from self._fallen(row)
        if row.is_loose and self.key_of(row) is None:
            yield self._at(yaml_rules.LOOSE, row, row.indent, self.replaced(row, "#"))

    def _fallen(self, row: FileRow) -> Iterator[Cause]:
        """Yield that a line has fallen out of the text above it, with those below that are no keys either."""
        before = next((one for one in reversed(self.rows[: row.number]) if one.text.strip()), None)
        above = before and (before.under or (before if before.opens_block else None))
        if above is None or not above.opens_block or self._is_like_key(row):
            return
        first = self.rows[above.number + 1]
        depth = first.indent if first.under is above and first.text.strip() else above.column + 2
        end = row.number + 1
        while end < len(self.rows) and self.rows[end].key not in self.keys and not self.rows[end].is_item:
            end += 1
        moved = [" " * depth + one.text.strip() if one.text.strip() else "" for one in self.rows[row.number : end]]
        said = f"dra in raden med {depth} mellanslag, lika långt som textens första rad"
        texts = self.replaced(row, moved[0]), self.replaced(row, "\n".join(moved), end)
        yield self._at(yaml_rules.TEXT_INDENT, row, row.indent, *texts, hint=said)

    def _is_like_key(self, row: FileRow) -> bool:
        """Say whether a line has one of the file's keys, perhaps misspelt, or what only the parser takes for one."""
        begun = row.text[row.column : row.column + 1]
        return bool(row.key) and (begun in "[{?\"'" or bool(get_close_matches(row.key, self.keys, n=1, cutoff=0.75)))

    def _is_key(self, start: str) -> bool:
        return bool(self._near.match(start)) or bool(re.match(r"[^\s:]+:(\s|$)", start))

    def _keyless(self, row: FileRow) -> Iterator[Cause]:
        """Yield why a line has no key where the parser looks for one."""
        rest = row.text[row.column :]
        colon = re.match(rf"(?P<key>[^:{OTHER_COLONS}]{{1,60}}?)[ \t]*(?P<sign>[{OTHER_COLONS}])[ \t{HARD}]*", rest)
        near = self.key_of(row)
        if colon:
            fixed = f"{row.text[: row.column]}{colon['key']}: {rest[colon.end() :]}"
            code = f"U+{ord(colon['sign']):04X}"
            said = f"kolonet är ett tecken av annat slag ({code}), som bara ser ut som ett kolon"
            place = row.column + colon.start("sign")
            yield self._at(yaml_rules.OTHER_COLON, row, place, self.replaced(row, fixed), message=said)
        if near is not None:
            fixed = f"{row.text[: row.column]}{near['key']}: {near['rest'].strip().lstrip(':')}"
            place, hard = near.start("sign"), _HARD.match(near["gap"] + near["rest"])
            if near["sign"] == ":" and not near["gap"]:
                rule = yaml_rules.HARD_SPACE if hard else yaml_rules.NO_SPACE
                said = f"skriv ”{near['key']}:” och ett mellanslag, sedan värdet"
                yield self._at(rule, row, place + (1 if hard else 0), self.replaced(row, fixed), hint=said)
            elif near["sign"] != ":":
                said = f"skriv ”{near['key']}:” och ett mellanslag, sedan värdet"
                yield self._at(yaml_rules.NO_COLON, row, near.end("key"), self.replaced(row, fixed), hint=said)
        elif row.is_loose and (tight := re.match(r"[^\W\d]\w*:(?=\S)", rest)):
            fixed = f"{row.text[: row.column]}{tight[0]} {rest[tight.end() :]}"
            yield self._at(yaml_rules.NO_SPACE, row, row.column + tight.end() - 1, self.replaced(row, fixed))
        elif row.is_loose and (deeper := self._next(row)) and deeper.key and deeper.indent > row.indent:
            yield self._at(yaml_rules.NO_COLON, row, len(row.text), self.replaced(row, f"{row.text.rstrip()}:"))

    def _next(self, row: FileRow) -> FileRow | None:
        return next((one for one in self.rows[row.number + 1 :] if not one.is_blank), None)

    # --- the value

    def _value(self, row: FileRow) -> Iterator[Cause]:
        value = row.value
        if row.key and row.text[row.column + len(row.key) + len(row.gap) :][:2] == ":\t":
            fixed = self.replaced(row, f"{row.text[: row.column]}{row.key}: {value}")
            yield self._at(yaml_rules.TAB, row, row.column + len(row.key) + 1, fixed)
        if not value or not (row.key or row.is_item):
            return
        if value.strip(f" {HARD}") != value:
            fixed = self.replaced(row, f"{row.text[: row.at].rstrip()} {value.strip(f' {HARD}')}")
            hard = row.at if _HARD.match(value) else row.at + len(value) - 1
            yield self._at(yaml_rules.HARD_SPACE, row, hard, fixed)
        elif _HARD.search(value) and len(value) < 40:  # noqa: PLR2004  a date, a term; not a text
            hard = row.at + value.index(_HARD.search(value)[0])  # type: ignore[index]
            yield self._at(
                yaml_rules.HARD_SPACE, row, hard, self.replaced(row, row.text[: row.at] + _HARD.sub(" ", value))
            )
        if value[0] in ("'", '"'):
            yield from self._quoted(row)
        elif value[0] in OPENING:
            bare = value.strip(OPENING)
            fixes = (f"{row.text[: row.at]}{bare}", f'{row.text[: row.at]}"{bare}"')
            yield self._at(yaml_rules.SMART_QUOTES, row, row.at, *(self.replaced(row, fix) for fix in fixes))
        if value[0] in _SIGNS and not row.opens_block:
            yield from self._sign(row)
        else:
            yield from self._colon(row)

    def _colon(self, row: FileRow) -> Iterator[Cause]:
        colon = _COLON.search(row.value)
        second = self._second_key.search(row.text, row.at)
        if second is not None:
            fixed = f"{row.text[: second.start()]}\n{' ' * row.column}{second[0].lstrip()}{row.text[second.end() :]}"
            said = ("två nycklar står på samma rad", f"skriv ”{second['key']}:” på en egen rad")
            place = second.end("key")
            yield self._at(
                yaml_rules.COLON_IN_TEXT, row, place, self.replaced(row, fixed), message=said[0], hint=said[1]
            )
        if colon is not None and row.value[0] not in "\"'":
            place, hint = row.at + colon.start(), self._block_hint(row)
            yield self._at(yaml_rules.COLON_IN_TEXT, row, place, self.as_block(row), hint=hint)

    def _sign(self, row: FileRow) -> Iterator[Cause]:
        value = row.value
        if value[0] in "|>":
            pad = " " * (row.column + 2)
            fixed = f"{row.text[: row.at]}|\n{pad}{value[1:].strip() or '.'}"
            if re.match(r"[|>][-+]?(\s|[^\W\d])", value):
                yield self._at(yaml_rules.BAR, row, row.at, self.replaced(row, fixed))
        if value[0] in "[{":
            end = {"[": "]", "{": "}"}[value[0]]
            if value.count(value[0]) > value.count(end):
                yield self._at(yaml_rules.BRACKET, row, row.at, self.replaced(row, row.text.rstrip() + end))
        said = f"texten börjar med ”{value[0]}”, som betyder något annat först på en rad"
        cause = self._at(yaml_rules.SIGN, row, row.at, self.as_block(row), message=said, hint=self._block_hint(row))
        # A list on one line is as it should be, and is no text.
        yield replace(cause, weak=value[0] in "[{" and value[-1] in "]}")

    def _quoted(self, row: FileRow) -> Iterator[Cause]:
        value, mark = row.value, row.value[0]
        end = closing(value)
        if end < 0:
            fixes = (self.replaced(row, f"{row.text.rstrip()}{mark}"), self.as_block(row))
            smart = next((n for n, c in enumerate(value) if n and c in QUOTES), 0)
            rule = yaml_rules.SMART_QUOTES if smart and value.rstrip(".!?")[-1:] in QUOTES else yaml_rules.QUOTE_OPEN
            yield self._at(rule, row, row.at + (smart if rule is yaml_rules.SMART_QUOTES else 0), *fixes)
        elif value[end:].strip() and not value[end:].lstrip().startswith("#"):
            yield self._at(yaml_rules.QUOTE_AFTER, row, row.at + end, self.as_block(row), hint=self._block_hint(row))
        elif mark == '"' and (escape := _ESCAPE.search(value)):
            said = "ett omvänt snedstreck inom raka citattecken betyder något annat"
            place = row.at + escape.start()
            yield self._at(yaml_rules.SIGN, row, place, self.as_block(row), message=said, hint=self._block_hint(row))
