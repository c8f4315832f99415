"""Why a file cannot be read as it was meant, in one sentence: the cause, its line, and what to type.

In: the bytes of a file, what was found wrong with it, and the record that it should make. Out: findings. Each line and
its neighbours are looked at first (`yaml_causes`). A suspicion counts when the file can be read once that one mistake
is mended; so one mistake is one message, whatever follows from it further down.

Trap: a file may be made to have a thousand suspicions. The number of trials is bounded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from iup.problems import Finding
from iup.site import decode, strict_yaml, yaml_excerpt, yaml_rules, yaml_text
from iup.site.strict_yaml import StrictYamlError
from iup.site.yaml_causes import Cause, FileRows, moved
from iup.text import broken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from iup.site.yaml_lines import FileRow

M = TypeVar("M", bound=BaseModel)

_MOST_TRIALS = 60
_MOST_READ = 600_000  # characters in all trials of a file together
_LARGEST = 60_000  # characters; a larger file is no plan, and to try repairs of it would take long
_UNCLEAR = (strict_yaml.SYNTAX, strict_yaml.ALIAS, strict_yaml.TAG, strict_yaml.DUPLICATE, strict_yaml.KEY)
_SHAPES = (decode.MISSING, decode.UNKNOWN_KEY, decode.KIND)
_SPACED = re.compile(rb"^[ -]*[^\s:#\"'|>-][^\n:|>\"']* +:(?:[ \n]|$)", re.MULTILINE)
_WIDEST = 3  # the line alone, its text too, all that is deeper, its neighbours
_AROUND = 6  # rows before and after a fault whose indent may be the cause


@dataclass(frozen=True)
class Target:
    """What a file should make: a record of a model, with what its path tells."""

    model: type[BaseModel]
    known: Mapping[str, str] = field(default_factory=dict)

    def takes(self, values: dict[str, Any]) -> bool:
        """Say whether values make the record without a fault."""
        return decode.decode(self.model, {**values, **self.known}, "")[0] is not None


def read(path: str, data: bytes, model: type[M], **known: str) -> tuple[M | None, tuple[Finding, ...]]:
    """Return the record that the bytes of a file make, or None, and all that is wrong with them.

    `known` is what the file's path tells.
    """
    target = Target(model, known)
    try:
        values = strict_yaml.parse(data)
    except StrictYamlError as error:
        return None, (finding(path, data, error, target),)
    # What the path tells must not be told again in the file: the two could differ.
    twice = tuple(decode.UNKNOWN_KEY.at(path, key) for key in known if key in values)
    record, found = decode.decode(model, {**values, **known}, path)
    if found:
        found = _settled(path, data, target, found)
    return record, (*yaml_text.notes(path, data), *twice, *found)


def finding(path: str, data: bytes, error: StrictYamlError, target: Target | None = None) -> Finding:
    """Return why a file that the parser has refused cannot be read; `target` is what it should make."""
    place = error.line, error.column
    plain = Finding(error.rule, path, (), error.message or error.rule.summary, error.rule.hint, place)
    if error.rule is yaml_text.CHARACTER:
        return _character(plain, data, place)
    if error.rule in (yaml_text.SIZE, yaml_text.ENCODING):
        return plain
    trial = _Trial(strict_yaml.decoded(data), target, error.line)
    if error.rule in _UNCLEAR and len(data) <= _LARGEST and (cause := trial.cause([error.line - 1])):
        return _told(path, trial.lines, cause)
    return replace(plain, excerpt=yaml_excerpt.excerpt(trial.lines, *place))


def _settled(path: str, data: bytes, target: Target, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return what is wrong with the values of a file, as the one mistake behind all of it where there is one."""
    if len(data) > _LARGEST:
        return found
    trial = _Trial(strict_yaml.decoded(data), target, 0)
    shapes = [one for one in found if one.rule in _SHAPES]
    places = sorted({strict_yaml.position(data, one.keys)[0] - 1 for one in shapes})
    cause = trial.cause(places)
    return found if cause is None else (_told(path, trial.lines, cause),)


def overlooked(path: str, data: bytes, model: type[BaseModel]) -> Iterator[Finding]:
    """Yield what is wrong in a file from which a record was made all the same: markers of a merge, broken letters."""
    if b"<<<<<<<" in data or b">>>>>>>" in data:
        lines = FileRows(strict_yaml.decoded(data), ())
        marked = (cause for row in lines.rows for cause in lines.causes(row) if cause.rule is yaml_rules.MARKERS)
        yield from (_told(path, lines, cause) for cause in islice(marked, 1))
    if b" :" in data and _SPACED.search(data):
        lines = FileRows(strict_yaml.decoded(data), decode.keys_of(model))
        for row in lines.rows:
            if row.key and row.gap:
                yield _told(
                    path, lines, Cause(yaml_rules.SPACE_BEFORE, row.number + 1, row.column + len(row.key) + 1, ())
                )
    text = strict_yaml.decoded(data) if broken.may_be_broken(data) else ""
    for at, sign in islice(broken.broken_signs(text), 1):
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        meant = broken.meant(sign)
        said = f"här står trasiga tecken; troligen var det {meant}" if meant else ""
        yield Finding(
            yaml_rules.BROKEN, path, (), said or yaml_rules.BROKEN.summary, yaml_rules.BROKEN.hint, (line, column)
        )


class _Trial:
    """A file in which suspicions are tried: with one mistake mended, is all of it right?"""

    def __init__(self, text: str, target: Target | None, until: int) -> None:
        """Take a text; `until` is the last line that the parser has come to, 0 where it came to the end."""
        self.lines = FileRows(text, decode.keys_of(target.model) if target else ())
        self._target = target
        self._until = until
        self._left = self._spare = self._most = min(_MOST_TRIALS, _MOST_READ // (len(text) + 1))

    def cause(self, around: Sequence[int]) -> Cause | None:
        """Return the mistake behind everything, if there is one; else what stops the parser first."""
        suspected = list(self._suspected())
        found = next((one for one in suspected if one.rule is yaml_rules.MARKERS), None)
        found = found or next((one for one in suspected if any(map(self._is_right, one.repaired))), None)
        found = found or self._dashless(around) or self._misplaced(around)
        if found is None and self._until:
            strong = (one for one in suspected if not one.weak)
            found = next((one for one in strong if any(map(self._gets_further, one.repaired))), None)
        return found

    def _suspected(self) -> Iterator[Cause]:
        last = min(self._until + 1, len(self.lines.rows)) if self._until else len(self.lines.rows)
        marked = (row for row in self.lines.rows[last:] if "<<<<<<<" in row.text or ">>>>>>>" in row.text)
        rows = (*self.lines.rows[:last], *marked)
        return islice((cause for row in rows for cause in self.lines.causes(row)), self._most)

    def _is_right(self, text: str) -> bool:
        self._left -= 1
        if self._left < 0:
            return False
        try:
            value = strict_yaml.parse(text.encode())
        except StrictYamlError:
            return False
        return self._target is None or self._target.takes(value)

    def _gets_further(self, text: str) -> bool:
        self._spare -= 1
        if self._spare < 0:
            return False
        more = text.count("\n") + 1 - len(self.lines.rows)
        try:
            strict_yaml.parse(text.encode())
        except StrictYamlError as error:
            return error.line - more > self._until
        return True

    # --- indent

    def _misplaced(self, around: Sequence[int]) -> Cause | None:
        """Return the line that has the wrong indent, if to move it (with what is below it) makes all of it right."""
        rows = list(dict.fromkeys(row for number in around for row in self._near(number)))
        keyed = [row for row in self.lines.rows if not row.under and not row.is_blank]
        columns = sorted({column for row in keyed for column in (row.indent, row.column)})
        for width in range(_WIDEST + 1):
            for row in rows:
                end = self._end(row, width)
                if width and end == self._end(row, width - 1):
                    continue
                for column in columns:
                    if column != row.indent and self._is_right_at(row, end, column):
                        return self._moved(row, end, column)
        return None

    def _near(self, number: int) -> Iterator[FileRow]:
        """Yield the row of a fault and its neighbours that are keys or items, the nearest first."""
        rows = self.lines.rows
        own = [row for row in rows[: number + 1] if not row.under and not row.is_blank][-_AROUND:]
        after = [row for row in rows[number + 1 :] if not row.under and not row.is_blank]
        yield from reversed(own)
        yield from after[:_AROUND]

    def _end(self, row: FileRow, width: int) -> int:
        """Return up to where lines move together: the line alone, its text, all that is deeper, or neighbours too."""
        rows = self.lines.rows
        end = row.number + 1
        while width and end < len(rows):
            beside = width == _WIDEST and rows[end].indent == row.indent
            deeper = rows[end].is_blank or rows[end].indent > row.indent or beside
            if not (rows[end].under is row or (width > 1 and deeper)):
                break
            end += 1
        return end

    def _is_right_at(self, row: FileRow, end: int, column: int) -> bool:
        moved = [_shifted(one.text, column - row.indent) for one in self.lines.rows[row.number : end]]
        text = self.lines.replaced(row, "\n".join(moved), end)
        return self._is_right(text) and not FileRows(text, self.lines.keys).rows[row.number].under

    def _moved(self, row: FileRow, end: int, column: int) -> Cause:
        several = any(one.text.strip() for one in self.lines.rows[row.number + 1 : end])
        above = next(
            (
                one
                for one in reversed(self.lines.rows[: row.number])
                if one.key in self.lines.keys and one.column < row.indent + (row.is_item and not one.is_item)
            ),
            None,
        )
        deeper = column < row.indent and above is not None and not above.value
        message, hint = moved(row, column, several=several, above=above if deeper else None)
        return Cause(yaml_rules.INDENT, row.number + 1, row.indent + 1, (), message, hint)

    def _dashless(self, around: Sequence[int]) -> Cause | None:
        """Return the line that lacks the dash of a new item."""
        for row in (self.lines.rows[number] for number in around if number < len(self.lines.rows)):
            if row.column > 1 and not row.is_item and row.key:
                start = " " * (row.column - 2)
                if self._is_right(self.lines.replaced(row, f"{start}- {row.text.strip()}")):
                    said = "här börjar en ny post i listan, men bindestrecket saknas"
                    return Cause(yaml_rules.DASH, row.number + 1, row.column + 1, (), said)
        return None


def _shifted(line: str, by: int) -> str:
    """Return a line so many columns further in; it loses no more than its indent, and a blank one gets none."""
    if by > 0:
        return " " * by + line if line.strip() else line
    return line[min(-by, len(line) - len(line.lstrip(" "))) :]


def _told(path: str, lines: FileRows, cause: Cause) -> Finding:
    rule = cause.rule
    place = cause.line, cause.column
    shown = yaml_excerpt.excerpt(lines, *place)
    return Finding(rule, path, (), cause.message or rule.summary, cause.hint or rule.hint, place, excerpt=shown)


def _character(plain: Finding, data: bytes, place: tuple[int, int]) -> Finding:
    """Return which character may not stand here; what was a letter in another encoding is told as that."""
    sign = yaml_text.as_written(data).split("\n")[place[0] - 1][place[1] - 1 : place[1]]
    meant = broken.meant(sign)
    if not meant:
        return plain
    said = f"här står ett trasigt tecken (U+{ord(sign):04X}); troligen var det {meant}"
    return replace(plain, message=said, hint="skriv tecknet för hand, och spara filen som UTF-8")
