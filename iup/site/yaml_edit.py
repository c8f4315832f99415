"""Change values in a pupil's file so that everything else in it stays as it was.

In: the bytes of a file, and a change. Out: its new bytes. ruamel.yaml keeps comments, order, quoting and block style.
It is told to resolve nothing, so that `no` and `0123` stay what they were. The same change is made on what the strict
reader reads, and the two results must agree: where they differ, nothing is written.
"""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from iup.errors import RefusedError
from iup.site import strict_yaml, yaml_text

if TYPE_CHECKING:
    from collections.abc import Callable


# How lists are indented; what writes the file back as it stands is how it was written.
_INDENTS = ((4, 2), (2, 0))


class _Unresolved(VersionedResolver):
    """Takes every plain scalar for the text it is."""

    @property
    def versioned_resolver(self) -> dict[str, Any]:
        """Return a resolver without rules, so that every scalar stays text."""
        return {}


def amend(path: str, data: bytes, change: Callable[[Any, _Maker], None]) -> bytes:
    """Return a file with a change made; raise `RefusedError` where that would change anything else."""
    plain = strict_yaml.parse(data)
    text = yaml_text.for_parser(strict_yaml.decoded(data))
    refused = RefusedError(
        f"{path} går inte att ändra utan att något annat i filen ändras",
        "gör ändringen för hand, och avslå det här om det är ett svar",
    )
    try:
        document = _writer(_INDENTS[0]).load(text)
        writer = next((one for one in map(_writer, _INDENTS) if _dumped(one, document) == text), None)
        if writer is None:
            raise refused
        change(document, _Maker())
        made = yaml_text.from_parser(_dumped(writer, document), "\u2028").encode()
    except YAMLError:
        raise refused from None
    change(plain, _PlainMaker())
    if _trimmed(strict_yaml.parse(made)) != _trimmed(plain) or _comments(text) != _comments(made.decode()):
        raise refused
    return made


def _writer(indent: tuple[int, int]) -> YAML:
    writer = YAML()
    writer.Resolver = _Unresolved
    writer.preserve_quotes = True
    writer.width = 100_000
    writer.indent(mapping=2, sequence=indent[0], offset=indent[1])
    return writer


def _dumped(writer: YAML, document: object) -> str:
    out = StringIO()
    writer.dump(document, out)
    return out.getvalue()


def _trimmed(value: Any) -> Any:  # noqa: ANN401  YAML is any shape
    """Return values without the line end that a block adds to its text."""
    if isinstance(value, dict):
        return {key: _trimmed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_trimmed(inner) for inner in value]
    return value.rstrip("\n") if isinstance(value, str) else value


def _comments(text: str) -> list[str]:
    """Return the lines that could be comments; those inside texts are among them, and a change may add such."""
    found = [line.strip() for line in text.splitlines() if line.lstrip().startswith("#")]
    return sorted(found)


class _Maker:
    """Makes values in ruamel's classes."""

    def text(self, text: str) -> Any:  # noqa: ANN401  two libraries' classes
        return LiteralScalarString(f"{text}\n")

    def line(self, text: str) -> Any:  # noqa: ANN401  likewise
        try:
            same = strict_yaml.parse(f"a: {text}\n".encode()) == {"a": text}
        except strict_yaml.StrictYamlError:
            same = False
        return text if same and "\n" not in text else DoubleQuotedScalarString(text)

    def mapping(self, values: dict[str, Any]) -> Any:  # noqa: ANN401  two libraries' classes
        return CommentedMap(values)

    def sequence(self, values: list[Any]) -> Any:  # noqa: ANN401  likewise
        return CommentedSeq(values)

    def put(self, mapping: Any, key: str, value: Any) -> None:  # noqa: ANN401  likewise
        """Set a key; a comment that was attached to the former text stays where it was."""
        former = mapping.get(key)
        if isinstance(former, LiteralScalarString) and hasattr(former, "comment"):
            value = LiteralScalarString(value if value.endswith("\n") else f"{value}\n")
            value.comment = former.comment
        if getattr(mapping, "fa", None) is not None and "\n" in str(value):
            mapping.fa.set_block_style()
        mapping[key] = value


class _PlainMaker(_Maker):
    """Makes values as the strict reader gives them."""

    def text(self, text: str) -> Any:  # noqa: ANN401  likewise
        return text

    def line(self, text: str) -> Any:  # noqa: ANN401  likewise
        return text

    def mapping(self, values: dict[str, Any]) -> Any:  # noqa: ANN401  two libraries' classes
        return values

    def sequence(self, values: list[Any]) -> Any:  # noqa: ANN401  likewise
        return values

    def put(self, mapping: Any, key: str, value: Any) -> None:  # noqa: ANN401  likewise
        mapping[key] = value


def _list(mapping: Any, key: str, make: _Maker) -> Any:  # noqa: ANN401  plain or ruamel's
    """Return the list under a key, begun where there is none; an empty flow list becomes a block."""
    if not mapping.get(key):
        mapping[key] = make.sequence([])
    return mapping[key]
