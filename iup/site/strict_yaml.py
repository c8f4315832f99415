"""Strict YAML: bytes of one file in, plain values or findings out; and the line of a key path, on demand.

Scalars follow YAML 1.2 (`no`, `12:30` and `0123` stay text); duplicate keys, aliases, anchors, tags, several documents,
control and direction marks, and anything oversize or deep are findings. The parser is libyaml (CSafeLoader), whose own
messages are never shown: they quote the source. Does not know what the values mean.

Trap: nesting is measured on the event stream before composing, because composing recurses (5,000 `[` end in
RecursionError); that pass costs as much as composing, so it runs only for text that could need it.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import yaml

from iup.problems import Rule, Severity
from iup.site import yaml_text
from iup.text import invisible
from iup.text.encodings import nfc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_DEPTH = 12
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_ATOMS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
# All that can carry an anchor, an alias, a tag or more than a dozen levels: nine brackets (whether they are closed is
# not for a pattern to say), four indicators in a row, a deep indent. Most files have none of the signs, and to look for
# a sign is much faster than to look for a pattern.
_SIGNED, _BRACKETS = re.compile(r"[&*]\S|(?<![^\s\[{,:-])!"), 9
_BEGUN = re.compile(r"\n(?: *(?:[-?:][ \t]+){4}| {40}|[%?]|---|\.\.\.)")
_COMMENT = re.compile(r"(?:[|>][-+0-9]*)?[ \t]*#")
_latest = lru_cache(maxsize=1)(lambda data: compose(data)[0])  # what is wrong in one file comes in a row

RULES = (
    *yaml_text.RULES,
    SYNTAX := Rule(
        "yaml-syntax",
        Severity.FAULT,
        "raden går inte att läsa som YAML",
        "Vanliga orsaker: indraget stämmer inte med raden ovanför, ett kolon i löpande text utan citattecken, en "
        "tabb i stället för mellanslag, eller ett citattecken som aldrig stängs. Felet kan sitta på raden före den "
        "som pekas ut. Skriv längre texter i block: nyckeln, kolon, ett lodrätt streck och texten indragen på nästa "
        "rad.",
        "jämför indrag och kolon med raderna ovanför",
    ),
    DUPLICATE := Rule(
        "yaml-dubblett",
        Severity.FAULT,
        "nyckeln står två gånger i samma del; bara en av dem skulle gälla",
        "När samma nyckel står två gånger skulle den ena texten tyst försvinna. Därför är det ett fel.",
        "slå ihop dem till en",
    ),
    ALIAS := Rule(
        "yaml-alias",
        Severity.FAULT,
        "ankare och alias (& och *) används inte här",
        "Ankare (&) och alias (*) låter en text stå på ett ställe och gälla på ett annat. Det är lätt att läsa fel, så "
        "de är inte tillåtna. Börjar texten med & eller * ska den stå inom citattecken eller i ett block.",
        "skriv ut texten, eller sätt den inom citattecken",
    ),
    TAG := Rule(
        "yaml-tagg",
        Severity.FAULT,
        "taggar (ord som börjar med utropstecken) används inte här",
        "Ett utropstecken först i ett värde betyder en tagg i YAML. Börjar texten med ett utropstecken ska den stå "
        "inom citattecken eller i ett block.",
        "sätt texten inom citattecken",
    ),
    DEPTH := Rule(
        "yaml-djup",
        Severity.FAULT,
        f"filen är djupare nästlad än {MAX_DEPTH} nivåer",
        "Inget i en skolas filer behöver så många nivåer. Djup nästling är ett misstag eller ett försök att få "
        "programmet att stanna.",
        "jämför med en annan elevs fil",
    ),
    COMMENT := Rule(
        "yaml-kommentar",
        Severity.FAULT,
        "resten av raden räknas som kommentar och skulle försvinna",
        "Ett nummertecken (#) efter ett mellanslag börjar en kommentar i YAML. Står det mitt i en text försvinner "
        "resten av raden utan att någon märker det. Sätt texten inom citattecken eller i ett block, eller lägg "
        "kommentaren på en egen rad.",
        "sätt texten inom citattecken eller flytta kommentaren till en egen rad",
    ),
    KEY := Rule(
        "yaml-nyckel",
        Severity.FAULT,
        "en nyckel ska vara ett ord eller en kort text",
        "Till vänster om kolon står ett ord, inte en lista eller ett sammansatt värde. Ofta är det en hakparentes "
        "eller en klammer som blivit kvar.",
        "skriv nyckeln som ett ord",
    ),
    EMPTY := Rule(
        "yaml-tom",
        Severity.FAULT,
        "filen är tom eller innehåller inte nycklar och värden",
        "Varje fil består av nycklar och värden, en per rad. En tom fil är oftast en fil som inte sparades.",
        "hämta tillbaka filen med git, eller ta bort den",
    ),
)


class _Loader(yaml.CSafeLoader):
    """libyaml without PyYAML's guess at each scalar's type, made in Python and for nothing: `_scalar` decides here."""

    def resolve(self, *_: object) -> str:
        return ""


class StrictYamlError(Exception):
    """The file cannot be read; carries one located finding as (rule, line, column), counted from 1.

    `message` is what there is to say of it where that is more than the rule says.
    """

    def __init__(self, rule: Rule, line: int, column: int, message: str = "") -> None:
        super().__init__(rule.id)
        self.rule, self.line, self.column, self.message = rule, line, column, message


def parse(data: bytes) -> dict[str, Any]:
    """Return the mapping a file holds; raise `StrictYamlError` at its first fault."""
    text = decoded(data)
    with _placed_in(data):
        node = _compose(text)
        if "#" in text:
            _refuse_swallowed(node, text)
        value = _value(node)
    if not isinstance(value, dict):
        raise StrictYamlError(EMPTY, 1, 1)
    return value


class _Writer(yaml.CSafeDumper):
    """Writes what `parse` reads: only the plain scalars that YAML 1.2 would take for something else get quotes."""


_Writer.yaml_implicit_resolvers = {}
_Writer.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(f"(?:{_INTEGER.pattern})$"), list("-0123456789"))
_Writer.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("(?:true|false)$"), list("tf"))
_Writer.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("(?:null|~|)$"), ["n", "~", ""])
_Writer.add_representer(
    str,
    lambda writer, text: writer.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def written(values: Mapping[str, Any]) -> bytes:
    """Return values as a file that `parse` reads back; long texts are blocks, in which two people's edits merge."""
    return yaml.dump(dict(values), Dumper=_Writer, allow_unicode=True, sort_keys=False, width=200, encoding="utf-8")


def position(data: bytes, keys: tuple[str | int, ...]) -> tuple[int, int]:
    """Return line and column (from 1) of the deepest part of a key path that exists in the file, or of its fault.

    What is last in the path is pointed at where its key stands, an item of a list where its value begins.
    """
    try:
        node = _latest(data)
    except StrictYamlError as error:
        return error.line, error.column
    mark = node.start_mark
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            if key == 0:
                continue  # the only item of a list may stand there without the list
            pair = next(((k, v) for k, v in node.value if plain(k) == key), None)
            if pair is None:
                break
            mark, node = pair[0].start_mark, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and 0 <= key < len(node.value):
            node = node.value[key]
            mark = node.start_mark
        else:
            break
    return mark.line + 1, yaml_text.read(data).column(mark.line + 1, mark.column + 1)


def decoded(data: bytes) -> str:
    """Return a file's text as it is read (`yaml_text.read`); raise `StrictYamlError` where it is none."""
    try:
        return yaml_text.read(data).text
    except yaml_text.FileTextError as error:
        raise StrictYamlError(error.rule, error.line, error.column, error.message) from None


@contextmanager
def _placed_in(data: bytes) -> Iterator[None]:
    """Give a fault that is found in the text its place in the file, where more characters may stand."""
    try:
        yield
    except StrictYamlError as error:
        error.column = yaml_text.read(data).column(error.line, error.column)
        raise


def _is_suspect(text: str) -> bool:
    """Say whether a file has to be looked through event by event before it is composed."""
    signed = any(sign in text for sign in "&*!") and _SIGNED.search(text)
    return bool(signed or text.count("[") + text.count("{") >= _BRACKETS or _BEGUN.search(f"\n{text}"))


def compose(data: bytes) -> tuple[yaml.Node, str]:
    """Return a file's nodes, each with its places, and its text; raise `StrictYamlError` at a fault of form."""
    text = decoded(data)
    with _placed_in(data):
        return _compose(text), text


def _compose(text: str) -> yaml.Node:
    text = yaml_text.for_parser(text)
    try:
        if _is_suspect(text):
            _inspect(text)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        # A quotation mark that nobody closes is noticed at the end of the file; what helps is where it stands.
        unclosed = error.context == "while scanning a quoted scalar"
        mark = error.context_mark if unclosed else error.problem_mark
        raise StrictYamlError(SYNTAX, *_place(mark or error.context_mark)) from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise StrictYamlError(SYNTAX, 1, 1) from None
    if node is None:
        raise StrictYamlError(EMPTY, 1, 1)
    return node


def _place(mark: Any) -> tuple[int, int]:  # noqa: ANN401  two classes of mark, one in C
    """Return a parser's mark as line and column from 1."""
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _inspect(text: str) -> None:
    """Walk the events without building anything: aliases, anchors, tags and depth."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line, column = _place(event.start_mark)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise StrictYamlError(ALIAS, line, column)
        if getattr(event, "tag", None):
            raise StrictYamlError(TAG, line, column)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise StrictYamlError(DEPTH, line, column)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _refuse_swallowed(node: yaml.Node, text: str) -> None:
    """Raise where a comment stands behind a value: the writer may have meant it as text."""
    if isinstance(node, yaml.ScalarNode):
        # A block's own line ends where its text begins; behind every other value is where the value ends.
        behind = node.start_mark if node.style in ("|", ">") else node.end_mark
        if behind is not None and (comment := _COMMENT.match(text, behind.index)):
            line, column = _place(behind)
            raise StrictYamlError(COMMENT, line, column + comment.end() - 1 - behind.index)
        return
    parts = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value
    for part in parts:
        _refuse_swallowed(part, text)


def plain(node: yaml.Node) -> str:
    """Return what a scalar says, composed; nothing for any other node."""
    if not isinstance(node, yaml.ScalarNode):
        return ""
    if node.value.isascii():  # composed, and without a sign of ours
        return str(node.value)
    said = yaml_text.from_parser(node.value, "\n" if node.style in ("|", ">") else " ")
    return nfc(said if node.style else said.strip(" "))


def _value(node: yaml.Node, depth: int = 1) -> Any:  # noqa: ANN401  YAML is any shape until decode gives it a type
    if depth > MAX_DEPTH + 1:
        raise StrictYamlError(DEPTH, *_place(node.start_mark))
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, depth + 1) for item in node.value]
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or not key.value:
            raise StrictYamlError(KEY, *_place(key.start_mark))
        name = _text(key)
        if name in found:
            raise StrictYamlError(DUPLICATE, *_place(key.start_mark))
        found[name] = _value(value, depth + 1)
    return found


def _scalar(node: yaml.ScalarNode) -> str | int | bool | None:
    text = _text(node)
    if not node.style:  # libyaml says '' for plain
        if text in _ATOMS:
            return _ATOMS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
    return text


def _text(node: yaml.ScalarNode) -> str:
    text = plain(node)
    if node.style != '"':
        return text
    try:
        return invisible.cleaned(text).text  # an escape in quotes can still spell one
    except invisible.InvisibleError as error:
        message = f"här står {error.told}; det får inte finnas i en text"
        raise StrictYamlError(yaml_text.CHARACTER, *_place(node.start_mark), message) from None
