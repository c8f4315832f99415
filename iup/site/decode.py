"""Turn a file's values into a record of the model, and back. Every mistake becomes a finding.

pydantic finds all mistakes at once. Its error *types* are stable, and the Swedish texts are chosen by them. Its own
texts are never shown: they quote the value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from iup.problems import Finding, Rule, Severity
from iup.site import value_hints

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)

RULES = (
    MISSING := Rule(
        "saknas",
        Severity.FAULT,
        "en nyckel som måste finnas saknas",
        "Vissa nycklar måste alltid finnas, annars går det inte att veta vem eller vad uppgifterna gäller. "
        "Meddelandet säger vilken nyckel det är.",
        "lägg till nyckeln; jämför med en annan fil av samma slag",
    ),
    UNKNOWN_KEY := Rule(
        "okänd-nyckel",
        Severity.FAULT,
        "nyckeln finns inte i en fil av det här slaget",
        "En felstavad nyckel skulle göra att texten under den tyst försvann. Därför är varje okänd nyckel ett fel. "
        "Ofta är det en text med kolon i som hamnat utanför sitt block.",
        "rätta stavningen, eller dra in texten så att den hör till nyckeln ovanför",
    ),
    KIND := Rule(
        "fel-slag",
        Severity.FAULT,
        "här står ett värde av fel slag",
        "En lista skrivs med bindestreck, en text efter kolon eller i ett block, och ett tal med siffror. "
        "Meddelandet säger vad som väntades.",
        "jämför med en annan fil av samma slag",
    ),
    CHOICE := Rule(
        "okänt-värde",
        Severity.FAULT,
        "värdet är inte ett av dem som finns att välja på",
        "Vissa nycklar har bestämda värden. Meddelandet räknar upp dem.",
        "välj ett av värdena, med precis den stavningen",
    ),
    DAY := Rule(
        "datum",
        Severity.FAULT,
        "här ska stå ett datum som finns i almanackan",
        "Datum skrivs 2026-11-24 och tidpunkter 2026-11-24 15:30. Den 30 februari finns inte.",
        "skriv ÅÅÅÅ-MM-DD (och TT:MM för en tidpunkt)",
    ),
    SHAPE := Rule(
        "fel-form",
        Severity.FAULT,
        "värdet har inte rätt form",
        "Id, fingeravtryck, läsår och terminer skrivs på ett bestämt sätt. Meddelandet säger hur.",
        "skriv värdet på det sätt som meddelandet säger",
    ),
    LENGTH := Rule(
        "för-lång-text",
        Severity.FAULT,
        "texten är för lång för fältet",
        "En text får ha högst 4 000 tecken, en rubrik eller rad högst 200 och ett ord utan mellanslag högst 500. "
        "Meddelandet säger hur lång texten är. En webbadress eller en mening på kinesiska bryts där raden tar slut.",
        "korta texten eller dela den",
    ),
    BLANK := Rule(
        "tom-text",
        Severity.FAULT,
        "här står en nyckel utan text",
        "Ett fält som inte är ifyllt lämnas bort helt. En nyckel utan text är oftast en text som inte sparades.",
        "skriv texten, eller ta bort nyckeln",
    ),
)

_SHAPES = {
    r"^[a-z][a-z0-9]{4}$": "ett id är en liten bokstav a–z följd av fyra tecken a–z eller 0–9",
    r"^[a-z0-9]{2,8}$": "en klass id är två till åtta tecken a–z eller 0–9",
    r"^[a-z][a-z0-9-]{1,30}$": "en skolas fil har ett namn på två till 31 tecken a–z, 0–9 och bindestreck",
    r"^[a-z0-9][a-z0-9-]{0,31}$": "en malls id är högst 32 tecken a–z, 0–9 och bindestreck",
    r"^[a-zåäö][a-zåäö0-9_]{0,39}$": "ett fälts id är högst 40 små bokstäver, siffror och understreck",
    r"^[a-zåäö0-9-]{3,60}$": "en regels id är 3 till 60 små bokstäver, siffror och bindestreck",
    r"^[a-z0-9]{1,8}$": "ett kort id är ett till åtta tecken a–z eller 0–9",
    r"^[0-9A-F]{40}$": "ett fingeravtryck är 40 tecken 0–9 och A–F utan mellanslag",
    r"^[0-9a-f]{20}$": "det som kom in har ett nummer på 20 tecken 0–9 och a–f",
    r"^[0-9a-f]{32}$": "ett svars nummer är 32 tecken 0–9 och a–f",
    r"^[0-9a-f]{40}([0-9a-f]{24})?$": "en incheckning är 40 eller 64 tecken 0–9 och a–f",
    r"^[0-9a-f]{64}$": "ett innehålls kontrollsumma är 64 tecken 0–9 och a–f",
    r"^[^\s*][^*]{0,59}[^\s*]\*?$": "ett ord har minst två tecken, och en stjärna bara sist",
    r"^[0-9]{4}/[0-9]{4}$": "ett läsår skrivs 2026/2027",
    r"^(HT|VT) [0-9]{4}$": "en termin skrivs HT 2026 eller VT 2027",
    r"^[a-z0-9][a-z0-9-]{0,31}@[1-9][0-9]{0,3}$": "en mall skrivs iup-1-3@1: namn, snabel-a och version",
}
_KINDS = {
    "string_type": "här ska stå en text",
    "int_type": "här ska stå ett heltal",
    "int_parsing": "här ska stå ett heltal",
    "int_from_float": "här ska stå ett heltal",
    "model_type": "här ska stå nycklar med värden, inte en ensam text eller en lista",
    "model_attributes_type": "här ska stå nycklar med värden, inte en ensam text eller en lista",
    "dict_type": "här ska stå nycklar med värden, inte en ensam text eller en lista",
    "tuple_type": "här ska stå en lista, en rad med bindestreck för varje",
    "list_type": "här ska stå en lista, en rad med bindestreck för varje",
    "yes_no": "här ska stå ja eller nej",
    "greater_than_equal": "talet är för litet",
    "less_than_equal": "talet är för stort",
    "too_short": "listan får inte vara tom",
}
_WHEN_MISSING = {"förnamn": "den som har ett enda namn har det här, och ingen nyckel efternamn"}


def decode(model: type[M], value: dict[str, Any], path: str) -> tuple[M | None, tuple[Finding, ...]]:
    """Return a record made of a file's values, or None and all that is wrong with them."""
    try:
        return model.model_validate(value), ()
    except ValidationError as error:
        return None, tuple(_findings(model, value, error.errors(include_url=False, include_input=False), path))


def encode(
    record: BaseModel, *, without: Collection[str] = (), brief: bool = False, empty: bool = True
) -> dict[str, Any]:
    """Return a record as the values of its file, of which `decode` makes the same record; a key without a value is out.

    `without` are fields that the path tells. `brief` leaves out what holds unless something else is said, and gives
    every value as the text that people would have typed. Empty lists stand there only where `empty` says so.
    """
    values: dict[str, Any] = _typed(
        record.model_dump(mode="json", by_alias=True, exclude=set(without), exclude_none=True, exclude_defaults=brief),
        numbers=not brief,
        empty=empty,
    )
    return values


def _typed(value: Any, *, numbers: bool, empty: bool) -> Any:  # noqa: ANN401  YAML is any shape
    if isinstance(value, dict):
        some = {key: inner for key, inner in value.items() if inner != "" and (empty or inner != [])}
        return {key: _typed(inner, numbers=numbers, empty=empty) for key, inner in some.items()}
    if isinstance(value, list):
        return [_typed(inner, numbers=numbers, empty=empty) for inner in value]
    if isinstance(value, bool):
        return "ja" if value else "nej"
    return value if numbers else str(value)


def _findings(
    model: type[BaseModel], value: dict[str, Any], details: list[ErrorDetails], path: str
) -> Iterator[Finding]:
    """Yield what is wrong; a key that is missing because it is misspelt beside is told once, as misspelt."""
    missing = {detail["loc"] for detail in details if detail["type"] == "missing"}
    for detail in details:
        keys = detail["loc"]
        if detail["type"] == "extra_forbidden":
            typed = str(keys[-1])
            near = _nearest(typed, sorted(str(one[-1]) for one in missing if one[:-1] == keys[:-1]), likely=True)
            missing.discard((*keys[:-1], near))
            near = near or _nearest(typed, sorted(keys_of(model) - {typed}))
            yield UNKNOWN_KEY.at(path, *keys, hint=f"du menade kanske ”{near}”" if near else "")
    for detail in details:
        if detail["type"] == "missing" and detail["loc"] in missing:
            key, hint = str(detail["loc"][-1]), _WHEN_MISSING.get(str(detail["loc"][-1]), "")
            yield MISSING.at(path, *detail["loc"], message=f"nyckeln ”{key}” saknas här", hint=hint)
        elif detail["type"] not in ("missing", "extra_forbidden"):
            yield _finding(value, detail, path)


def _finding(value: dict[str, Any], detail: ErrorDetails, path: str) -> Finding:
    keys, kind, context = detail["loc"], detail["type"], detail.get("ctx", {})
    typed = value_at(value, keys)
    match kind:
        case _ if typed is None or typed == "":
            return BLANK.at(path, *keys)
        case "enum" | "literal_error":
            expected = str(context.get("expected", "")).replace("'", "").replace(" or ", " eller ")
            near = value_hints.choice(typed, expected.replace(" eller ", ", ").split(", "))
            said = f"värdet finns inte att välja på; här ska stå {expected}"
            return CHOICE.at(path, *keys, message=said, hint=f"skriv {near}" if near else "")
        case "day" | "moment":
            meant = value_hints.day if kind == "day" else value_hints.moment
            near = meant(typed, tuple(value_hints.days(value)))
            said = f"skriv {near}, om det är den dagen" if near else ""
            return DAY.at(path, *keys, hint=said)
        case "string_pattern_mismatch":
            near = value_hints.term(typed, str(keys[-1]))
            said = _SHAPES.get(str(context.get("pattern")), "")
            return SHAPE.at(path, *keys, message=said, hint=f"skriv {near}" if near else "")
        case "text_long" | "word_long" | "line_long" | "lines" | "marks":
            return LENGTH.at(path, *keys, message=too_long(kind, context))
        case "blank":
            return BLANK.at(path, *keys)
        case _:
            return KIND.at(path, *keys, message=_KINDS.get(kind, ""))


def value_at(value: Any, keys: tuple[str | int, ...]) -> Any:  # noqa: ANN401  YAML is any shape
    """Return what stands at a key path; of a path that does not lead there, what it leads to."""
    for key in keys:
        listed = isinstance(value, list) and isinstance(key, int) and key < len(value)
        if listed or (isinstance(value, dict) and key in value):
            value = value[key]
    return value


def _nearest(typed: str, known: list[str], *, likely: bool = False) -> str:
    """Return a key of the schema; what was typed is never repeated, since it may be a sentence about a child."""
    return value_hints.choice(typed, known, cutoff=0.6 if likely else 0.75, begun=False)


def keys_of(model: type[BaseModel]) -> frozenset[str]:
    """Return every key that a file of a kind may have, in whatever part of it."""
    return frozenset(_aliases(model, set()))


def too_long(kind: str, context: Mapping[str, Any]) -> str:
    """Say how long a text is and how long it may be, for the error types of `model.base` that tell of its length."""
    match kind:
        case "lines":
            return "texten ska vara en enda rad"
        case "marks":
            return "texten har ett tecken med fler accenter på varandra än något språk har"
    what = {"text_long": "texten", "line_long": "raden", "word_long": "ett ord"}[kind]
    return f"{what} har {_counted(context['found'])} tecken, högst {_counted(context['most'])}"


def _counted(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _aliases(model: type[BaseModel], seen: set[type[BaseModel]]) -> set[str]:
    """Return the keys of a model and of the models inside it."""
    seen.add(model)
    found = {field.alias or name for name, field in model.model_fields.items()}
    for field in model.model_fields.values():
        for inner in _models(field.annotation):
            if inner not in seen:
                found |= _aliases(inner, seen)
    return found


def _models(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models(argument)]
