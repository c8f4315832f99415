"""Judge each value of a reply by what its sender may write today and by what they saw.

In: a `Reply` and the school as it is committed. Out: a verdict for each value, one by one, with a Swedish reason that
never quotes the value. `policy.writable` says whether the sender may write, as it did when the place was painted
yellow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date  # noqa: TC003  a type adapter reads the annotation
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from iup.build import reply_ticket
from iup.model.base import Day, Line, State, Text
from iup.model.reply import ReplyState
from iup.office.replies import reply_time
from iup.office.replies.reply import normalised
from iup.office.replies.verdict import ValidatedValue, ValueVerdict
from iup.policy import place_keys, writable
from iup.policy.place_keys import AssessmentKey, FieldKey, MoveName, NewGoalKey
from iup.policy.writable import PlaceKind
from iup.site import decode, yaml_rules
from iup.text import invisible
from iup.text.prose import as_typed, read_flat, read_formerly, unwrapped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iup.model.reply import ReceivedReply
    from iup.model.school import School
    from iup.office.replies.reply import Reply, Value
    from iup.policy.access import Policy
    from iup.policy.writable import WritablePlace

_TEXT: TypeAdapter[str] = TypeAdapter(Text)
_LINE: TypeAdapter[str] = TypeAdapter(Line)
_DAY: TypeAdapter[date] = TypeAdapter(Day)
_UNKNOWN = "Okänt fält"
_WORD = 40  # characters of a word that is quoted
_LENGTH = frozenset({"text_long", "line_long", "word_long", "lines", "marks"})
_ONLY_SHOWN = "texten syns på sidan men ligger inte i fältet; läs filen, och skriv in den med receive --type-in"
_SHOWN_OTHERWISE = "sidan visar en annan text än den som ligger i fältet"
_TAKEN = "samma svar ur samma dokument är infört"
_ADDED = "en del av samma text är redan införd ur samma dokument; förs den här in står båda"
_AGAIN = "samma text från samma avsändare är redan införd; förs den in igen står den två gånger"
_BLANK = "fältet lämnades tomt; en text tas inte bort genom ett svar"


@dataclass(frozen=True)
class ValidationContext:
    """What a reply is validated with: the school and its rules, the day, the key of places, and earlier replies.

    `version` is the mark that a paper of today would have, for the sender and the pupil.
    """

    school: School
    policy: Policy
    day: date
    places_key: bytes
    former: tuple[ReceivedReply, ...]
    version: str = ""


def validate(context: ValidationContext, reply: Reply) -> tuple[ValidatedValue, ...]:
    """Return a verdict for each value, in the order of the document; places that do not exist come last."""
    offered = {
        place.key: place
        for place in writable.places(context.school, context.policy, reply.sender, reply.pupil, context.day)
    }
    order = {key: number for number, key in enumerate(offered)}
    values = sorted(reply.values, key=lambda pair: (order.get(pair[0], len(order)), pair[0]))
    found = [_one(context, reply, offered.get(key), key, value) for key, value in values]
    return tuple(_together(found, context, reply))


def _one(
    context: ValidationContext, reply: Reply, place: WritablePlace | None, key: str, value: Value
) -> ValidatedValue:
    if place is None:
        return _closed(context, reply, key, value)
    given = value
    value, note, wrong = _kept(value)
    several = _several(context.school, reply.pupil, key)
    judged = ValidatedValue(key, place.label, value, place.now, ValueVerdict.FINE, "", place, several, note)
    if wrong:
        return replace(_with(judged, ValueVerdict.REFUSED, f"texten har {wrong.told}"), after=wrong.word[:_WORD])
    shown = dict(reply.shown).get(key)
    only = _ONLY_SHOWN if shown is not None and shown == given else ""
    why = only or _outdated(context, reply, key) or _misfit(place, value, context.day)
    if why:
        return _with(judged, ValueVerdict.REFUSED, why)
    if shown is not None:
        return replace(_with(judged, ValueVerdict.STALE, _SHOWN_OTHERWISE), shown=str(shown))
    if judged.replaces and value == place.now:
        return _with(judged, ValueVerdict.KNOWN, "det står redan så")
    if not judged.replaces and (known := _added_before(context, reply, key, value)):
        return _with(judged, *known)
    if _older(context, reply, judged):  # a person decides: the sender's clock may be wrong without anybody knowing
        return _with(judged, ValueVerdict.STALE, "ett senare svar i samma fält är redan infört")
    if judged.replaces and _stale(context, reply, place):
        return _with(judged, ValueVerdict.STALE, "texten har ändrats sedan avsändaren såg den")
    return judged


def _closed(context: ValidationContext, reply: Reply, key: str, value: Value) -> ValidatedValue:
    """Return a value for a place that is not there to write in today: it has closed since, or never was."""
    known = writable.place(context.school, context.policy, reply.sender, reply.pupil, context.day, key)
    asked = known is not None and (reply.ticket is None or key in reply.ticket.fields)
    plan = context.school.plans.get(reply.pupil)
    reason = known.decision.reason if known else writable.NO_PLACE.reason
    if asked and plan and plan.state is State.FINAL and not place_keys.is_of_goals(key):
        reason = "planen fastställdes innan svaret kom"
    reason = (asked and _outdated(context, reply, key)) or reason
    label = known.label if known and asked else _UNKNOWN
    if value in _taken_before(context, reply, key):  # which is why it has closed
        return ValidatedValue(key, label, value, "", ValueVerdict.KNOWN, _TAKEN)
    return ValidatedValue(_safe(key), label, value, "", ValueVerdict.REFUSED, reason, asked=asked)


def _with(judged: ValidatedValue, verdict: ValueVerdict, reason: str) -> ValidatedValue:
    return replace(judged, verdict=verdict, reason=reason)


def _kept(value: Value) -> tuple[Value, str, invisible.InvisibleError | None]:
    """Return a value as it is kept, what there is to say of what was dropped, and what is not taken in, if anything."""
    if not isinstance(value, str):
        return value, "", None
    try:
        kept = invisible.cleaned(value)
    except invisible.InvisibleError as error:
        return normalised(value), "", error
    note = f"osynliga tecken som inte betyder något är borttagna ({kept.codes})" if kept.dropped else ""
    text = normalised(kept.text)
    return as_typed(text) if "\n" in text else text, note, None


def _safe(key: str) -> str:
    """Return a key that may be shown and stored: one that no document has may be anything."""
    return key if key.isprintable() and len(key) <= 100 and invisible.visible(key) == key else "okänd"  # noqa: PLR2004


def _several(school: School, pupil: str, key: str) -> bool:
    plan = school.plans.get(pupil)
    form = school.forms.get(plan.form) if plan else None
    named = place_keys.parse(key)
    known = form.fields.get(named.field) if form and isinstance(named, FieldKey) else None
    return known is not None and known.several


def _outdated(context: ValidationContext, reply: Reply, key: str) -> str:
    """Say why a place is not the one that the sender saw."""
    if reply.ticket is None:
        return ""
    if key not in reply.ticket.fields:
        return "fältet gick inte att skriva i när dokumentet skickades ut"
    plan = context.school.plans.get(reply.pupil)
    if place_keys.is_of_goals(key) or plan is None:
        return ""
    if plan.form != reply.ticket.form:
        return "planens mall har bytts sedan dokumentet skickades ut"
    return "" if plan.term == reply.ticket.term else "svaret gäller en annan termins plan"


def _misfit(place: WritablePlace, value: Value, day: date) -> str:
    """Say why a value is not of the kind that its place takes."""
    if place.kind is PlaceKind.TICK or not isinstance(value, str):
        return "" if place.kind is PlaceKind.TICK and value is True else "svaret är av fel slag för fältet"
    if place.kind is PlaceKind.CHOICE:
        return "" if value in place.choices else "svaret är inte ett av alternativen"
    try:
        (_TEXT if place.kind is PlaceKind.TEXT else _LINE).validate_python(value)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        if wrong["type"] in _LENGTH:
            return decode.too_long(wrong["type"], wrong.get("ctx", {}))
        return _BLANK if wrong["type"] == "blank" else "svaret är av fel slag"
    if yaml_rules.MARKER.search(value):  # in a plan it would be a fault, and stop the build
        return "en rad börjar med sju tecken som git sätter där två ändringar krockar"
    if place_keys.goal_part(place.key) == MoveName.ONGOING:
        try:
            later = _DAY.validate_python(value) > day
        except ValidationError:
            return "här ska stå en dag, ÅÅÅÅ-MM-DD"
        return "dagen har inte varit än" if later else ""
    return ""


def _taken_before(context: ValidationContext, reply: Reply, key: str, *, of_copy: bool = True) -> tuple[Value, ...]:
    """Return what the same sender has had taken in in a place: from the same copy of a document, or from others."""
    copy = reply.ticket.id if reply.ticket else ""
    return tuple(
        value.text or True
        for one in _taken(context.former, reply)
        if (one.ticket == copy) is of_copy
        for value in one.values
        if value.key == key and not value.refused
    )


def _is_more_of(value: Value, said: Value) -> bool:
    """Say whether one text has the other in it: somebody wrote on in the same field, or took something out of it."""
    one, other = (" ".join(str(text).casefold().rstrip(" .!?").split()) for text in (value, said))
    return one in other or other in one


def _added_before(context: ValidationContext, reply: Reply, key: str, value: Value) -> tuple[ValueVerdict, str] | None:
    """Say what to do with a value that is added to others, where the same sender has had one taken in before."""
    before = _taken_before(context, reply, key)
    if value in before:
        return ValueVerdict.KNOWN, _TAKEN
    if any(_is_more_of(value, said) for said in before):
        return ValueVerdict.STALE, _ADDED
    if isinstance(value, str) and value in _taken_before(context, reply, key, of_copy=False):
        return ValueVerdict.STALE, _AGAIN
    return None


def _older(context: ValidationContext, reply: Reply, judged: ValidatedValue) -> bool:
    """Say whether a later reply of the same sender about the same place has been taken in."""
    return judged.replaces and any(
        reply_time.is_later(former, reply.made, reply.clock)
        and any(v.key == judged.key and not v.refused for v in former.values)
        for former in _taken(context.former, reply)
    )


def _taken(former: Iterable[ReceivedReply], reply: Reply) -> Iterable[ReceivedReply]:
    return (
        one
        for one in former
        if one.state is ReplyState.ACCEPTED and (one.sender, one.pupil) == (reply.sender, reply.pupil)
    )


def _stale(context: ValidationContext, reply: Reply, place: WritablePlace) -> bool:
    """Say whether what stands there is something else than the sender saw, and not the sender's own later words."""
    if reply.ticket is None and not place.now:
        return False
    if reply.ticket is None:
        return reply.version != context.version
    # Until line ends counted, and then until lists stood in lists, documents had the text as it was read then.
    seen = (place, *(place._replace(now=read(place.now)) for read in (read_flat, read_formerly)))
    if any(reply_ticket.state(context.places_key, reply.pupil, one) == reply.ticket.fields[place.key] for one in seen):
        return False
    return not any(
        value.key == place.key and not value.refused and place.now in (value.text, unwrapped(value.text or ""))
        for one in _taken(context.former, reply)
        if one.ticket == reply.ticket.id
        for value in one.values
    )


def _together(found: list[ValidatedValue], context: ValidationContext, reply: Reply) -> Iterable[ValidatedValue]:
    """Refuse what makes no sense without another value of the same reply."""
    fine = {one.key for one in found if one.verdict is not ValueVerdict.REFUSED}
    plan = context.school.plans.get(reply.pupil)
    for one in found:
        if one.verdict is ValueVerdict.REFUSED:
            yield one
            continue
        match place_keys.parse(one.key):
            case NewGoalKey(place_keys.SUBJECT) if str(NewGoalKey()) not in fine:
                yield _with(one, ValueVerdict.REFUSED, "ett ämne är valt, men inget mål är skrivet")
            case AssessmentKey(subject, place_keys.COMMENT) if str(
                AssessmentKey(subject, place_keys.LEVEL)
            ) not in fine and not (plan and subject in plan.assessments):
                yield _with(one, ValueVerdict.REFUSED, "en kommentar är skriven, men ingen nivå är vald")
            case _:
                yield one
