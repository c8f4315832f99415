"""On which lines each part of a strict YAML file stands, with its comments: for edits without retyping.

In: bytes. Out: the file's lines and an `Outline` of it. What is in flow style (`{…}`, `[…]`) is one part.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iup.site import strict_yaml, yaml_text

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Outline:
    """A value with the lines it stands on, from 0 to the first that is not its own; comments above it belong to it.

    `children` are the parts of a mapping or list in block style, by key or by number. `body` is the line where they
    begin; a value on one line has none. `lead` is what stands on the first line before the key.
    """

    value: Any
    start: int
    end: int
    lead: str
    body: int
    children: tuple[tuple[str | int, Outline], ...]


def outline(data: bytes) -> tuple[Outline, tuple[str, ...]]:
    """Return the outline of a file, and its lines with their ends; raise `StrictYamlError` where `parse` does."""
    value = strict_yaml.parse(data)
    node, text = strict_yaml.compose(data)
    text = text if text.endswith("\n") else f"{text}\n"
    lines = [f"{line}\n" for line in text.split("\n")[:-1]]
    children = _outlined(node, value, (0, len(lines)), lines)
    return Outline(value, 0, len(lines), "", children[0][1].start if children else len(lines), children), tuple(lines)


def _outlined(
    node: Any,  # noqa: ANN401  the parser's own
    value: Any,  # noqa: ANN401  what YAML held
    span: tuple[int, int],
    lines: list[str],
) -> tuple[tuple[str | int, Outline], ...]:
    """Return the parts of a block with their lines; `span` is what the block may use."""
    if node.id not in ("mapping", "sequence") or node.flow_style or not node.value:
        return ()
    parts: list[tuple[str | int, Any, Any]]
    if node.id == "mapping":
        parts = [(strict_yaml.plain(key), key.start_mark, inner) for key, inner in node.value]
    else:
        parts = [(number, inner.start_mark, inner) for number, inner in enumerate(node.value)]
    starts: list[int] = []
    comment = " " * (node.start_mark.column if node.start_mark else 0) + "#"
    for _, mark, _ in parts:
        start, floor = mark.line, starts[-1] + 1 if starts else span[0]
        while start > floor and lines[start - 1].startswith(comment):
            start -= 1
        starts.append(start)
    found: list[tuple[str | int, Outline]] = []
    for (key, mark, inner), start, end in zip(parts, starts, [*starts[1:], span[1]], strict=True):
        below = _outlined(inner, value[key], (mark.line if node.id == "sequence" else mark.line + 1, end), lines)
        body = below[0][1].start if below else end
        found.append((key, Outline(value[key], start, end, lines[mark.line][: mark.column], body, below)))
    return tuple(found)


def comments(data: bytes) -> Counter[str]:
    """Return the comments of a file: its lines that begin with #, without those that stand in a text.

    A file that cannot be read has none; whoever reads it refuses it for that.
    """
    try:
        texts = tuple(_texts(strict_yaml.parse(data)))
    except strict_yaml.StrictYamlError:
        return Counter()
    whole = yaml_text.line_ends(strict_yaml.decoded(data))
    return Counter(_marked(whole)) - Counter(line for text in texts for line in _marked(text))


def _marked(text: str) -> Iterator[str]:
    return (line.strip() for line in text.split("\n") if line.lstrip().startswith("#"))


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401  YAML is any shape
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
