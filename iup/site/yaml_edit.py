"""amend: what a reply says, written into a pupil's files so that everything else in them stays as it was.

In: the bytes of plan.yaml and goals.yaml, and accepted values. Out: their new bytes. ruamel.yaml keeps comments, order,
quoting and block style; it is told to resolve nothing, so that `no` and `0123` stay what they were. The same changes
are made on what the strict reader reads, and the two have to agree: a writer that is not sure of itself writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from iup.errors import RefusedError
from iup.policy.writable import PlaceKind
from iup.site import strict_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from iup.office.replies.reply import Value
    from iup.policy.writable import Place

# How lists are indented; what writes the file back as it stands is how it was written.
_INDENTS = ((4, 2), (2, 0))
_STEPS = {"klart": "klart", "ångra": "pågående", "pågående": "pågående", "uppfyllt": "uppfyllt", "tillbaka": "pågående"}


@dataclass(frozen=True)
class Words:
    """Who says something about whom, and the day it is written down."""

    sender: str
    pupil: str
    day: date


@dataclass(frozen=True)
class Written:
    """A value to write and the place it goes to; `several` says that each writer has an entry of their own there."""

    place: Place
    value: Value
    several: bool = False


class _Unresolved(VersionedResolver):
    """Takes every plain scalar for the text it is."""

    @property
    def versioned_resolver(self) -> dict[str, Any]:
        """Return no rule at all."""
        return {}


def amend(path: str, data: bytes, change: Callable[[Any, _Maker], None]) -> bytes:
    """Return a file with a change made; raise `RefusedError` where that would touch anything else."""
    plain = strict_yaml.parse(data)
    text = data.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
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
        made = _dumped(writer, document).encode()
    except YAMLError:
        raise refused from None
    change(plain, _PlainMaker())
    if _trimmed(strict_yaml.parse(made)) != _trimmed(plain) or _comments(text) != _comments(made.decode()):
        raise refused
    return made


def new_goals(label: str) -> bytes:
    """Return the goals of a pupil who has none yet."""
    return dumped({"barn": label, "mål": []})


def dumped(values: Mapping[str, Any]) -> bytes:
    """Return values as a new YAML file, texts of several lines in block style."""
    return _dumped(_writer(_INDENTS[0]), _styled(values)).encode()


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


def _styled(value: Any) -> Any:  # noqa: ANN401  YAML is any shape
    maker = _Maker()
    if isinstance(value, dict):
        return maker.mapping({key: _styled(inner) for key, inner in value.items()})
    if isinstance(value, (list, tuple)):
        return maker.sequence([_styled(inner) for inner in value])
    return maker.text(value) if "\n" in value else maker.line(value)


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
        """Set a key; a comment that hung on the former text stays where it was."""
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


def into_plan(written: Sequence[Written], words: Words) -> Callable[[Any, _Maker], None]:
    """Return the change that writes fields, omdömen and readings into a plan."""

    def change(plan: Any, make: _Maker) -> None:  # noqa: ANN401  plain or ruamel's
        for one in written:
            head, _, rest = one.place.key.partition("/")
            match head:
                case "fält":
                    _field(plan, rest, one, words, make)
                case "omdöme":
                    _assessment(plan, one, words, make)
                case "läst":
                    row = make.mapping({"av": words.sender, "datum": words.day.isoformat()})
                    _list(plan, "läst", make).append(row)
                case _:
                    continue

    return change


def into_goals(written: Sequence[Written], words: Words) -> Callable[[Any, _Maker], None]:
    """Return the change that writes comments, moves and a new goal into the goals."""

    def change(goals: Any, make: _Maker) -> None:  # noqa: ANN401  plain or ruamel's
        values = {one.place.key: one for one in written}
        for key, one in values.items():
            parts = key.split("/")
            if parts[0] == "mål":
                goal = next(goal for goal in goals["mål"] if str(goal["id"]) == parts[1])
                _goal(goal, parts[2], one, words, make)
            elif key == "nytt_mål":
                subject = values.get("nytt_mål/ämne")
                _list(goals, "mål", make).append(_new_goal(goals, one, subject, words, make))

    return change


def _list(mapping: Any, key: str, make: _Maker) -> Any:  # noqa: ANN401  plain or ruamel's
    """Return the list under a key, begun where there is none; an empty flow list becomes a block."""
    if not mapping.get(key):
        mapping[key] = make.sequence([])
    return mapping[key]


def _said(one: Written, make: _Maker) -> Any:  # noqa: ANN401  plain or ruamel's
    text = str(one.value)
    return make.text(text) if one.place.kind is PlaceKind.TEXT else make.line(text)


def _signed(one: Written, words: Words) -> dict[str, Any]:
    behalf = {"åt": words.pupil} if one.place.for_pupil else {}
    return {"av": words.sender, **behalf, "datum": words.day.isoformat()}


def _field(plan: Any, name: str, one: Written, words: Words, make: _Maker) -> None:  # noqa: ANN401
    if not plan.get("fält"):
        plan["fält"] = make.mapping({})
    fields = plan["fält"]
    entry = make.mapping({"text": _said(one, make), **_signed(one, words)})
    known = fields.get(name)
    if known is None:
        fields[name] = make.sequence([entry]) if one.several else entry
        return
    entries = known if isinstance(known, list) else [known]
    own = [e for e in entries if words.sender in (e["av"], e.get("åt"))] if one.several else entries[:1]
    former = next((e for e in own if e["av"] == words.sender), own[0] if own else None)
    if former is not None:
        make.put(former, "text", _said(one, make))
        former["av"], former["datum"] = words.sender, words.day.isoformat()
        if one.place.for_pupil:
            former["åt"] = words.pupil
        elif "åt" in former:
            del former["åt"]
    elif isinstance(known, list):
        known.append(entry)
    else:
        fields[name] = make.sequence([known, entry])


def _assessment(plan: Any, one: Written, words: Words, make: _Maker) -> None:  # noqa: ANN401
    subject, _, what = one.place.key.removeprefix("omdöme/").rpartition("/")
    if not plan.get("omdömen"):
        plan["omdömen"] = make.mapping({})
    signed = {"av": words.sender, "datum": words.day.isoformat()}
    known = plan["omdömen"].get(subject)
    if known is None:
        plan["omdömen"][subject] = make.mapping({what: _said(one, make), **signed})
        return
    make.put(known, what, _said(one, make))
    known.update(signed)


def _goal(goal: Any, what: str, one: Written, words: Words, make: _Maker) -> None:  # noqa: ANN401
    if what == "kommentar":
        comments = _list(goal, "kommentarer", make)
        row = {"id": _free("c", comments), "läge": "delad", "av": words.sender, "datum": words.day.isoformat()}
        comments.append(make.mapping({**row, "text": _said(one, make)}))
        return
    day = str(one.value) if what == "pågående" else words.day.isoformat()
    move: dict[str, Any] = {"steg": _STEPS[what], **_signed(one, words), "datum": day}
    if what == "tillbaka":
        move["kommentar"] = _said(one, make)
    goal["förlopp"].append(make.mapping(move))


def _new_goal(goals: Any, one: Written, subject: Written | None, words: Words, make: _Maker) -> Any:  # noqa: ANN401
    first = make.mapping({"steg": "nytt", "datum": words.day.isoformat(), "av": words.sender})
    return make.mapping(
        {
            "id": _free("m", goals["mål"]),
            "läge": "delad",
            **({"ämne": _said(subject, make)} if subject else {}),
            "mål": _said(one, make),
            "föreslaget_av": words.sender,
            "förlopp": make.sequence([first]),
        }
    )


def _free(letter: str, rows: Any) -> str:  # noqa: ANN401  plain or ruamel's
    taken = {str(row["id"]) for row in rows}
    return next(f"{letter}{number}" for number in range(1, len(taken) + 2) if f"{letter}{number}" not in taken)
