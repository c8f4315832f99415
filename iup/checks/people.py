"""Is each person described correctly: the line `barn:`, personnummer, guardians, how they receive, protection?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.checks.case import CheckContext, written
from iup.model.people import Channel
from iup.problems import Rule, Severity
from iup.site.paths import goals_file, person_file, plan_file, pupil_file, register_file, unit_file
from iup.site.yaml_rules import HARD_SPACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iup.model.people import Pupil, Receiving
    from iup.model.school import School
    from iup.problems import Finding

RULES = (
    LABEL := Rule(
        "barn-rad",
        Severity.FAULT,
        "raden barn stämmer inte med eleven som filen hör till",
        "Överst i varje elevs filer står barn: med förnamn, efternamnets första bokstav och klass, till exempel "
        "Alva L, 2B. Den som har ett enda namn skrivs Ali, 2B. Raden finns för att ingen ska skriva i fel barns fil. "
        "När eleven byter klass ändras raden.",
        "kontrollera först att det är rätt barns fil, och rätta sedan raden",
    ),
    PERSONNUMMER := Rule(
        "personnummer",
        Severity.FAULT,
        "personnumret kan inte vara rätt",
        "Ett personnummer har en dag som finns i almanackan och en kontrollsiffra som stämmer; ett samordningsnummer "
        "har dagen plus 60. Det skrivs ÅÅÅÅMMDD-NNNN eller ÅÅMMDD-NNNN. För den som saknar personnummer utelämnas "
        "raden.",
        "jämför med folkbokföringen",
    ),
    SAME_PERSONNUMMER := Rule(
        "personnummer-dubblett",
        Severity.FAULT,
        "samma personnummer står hos en annan person",
        "Två personer har aldrig samma personnummer. Ett av dem är fel, eller så finns personen två gånger.",
        "jämför med folkbokföringen",
    ),
    NO_GUARDIAN := Rule(
        "ingen-vårdnadshavare",
        Severity.WARNING,
        "eleven har ingen vårdnadshavare i dag",
        "Då får ingen i hemmet planen. Har någon annan fått vårdnaden ska den personen stå här med sin första dag.",
        "lägg till vårdnadshavaren med från-datum",
    ),
    NO_CERTIFICATE := Rule(
        "certifikat-saknas",
        Severity.WARNING,
        "personen tar emot med OpenPGP men certifikatet saknas i content/keys/",
        "Den som tar emot med openpgp har raden certifikat med nyckelns fingeravtryck, och den publika nyckeln ligger "
        "i content/keys/FINGERAVTRYCK.gpg. Utan den byggs allt utom just den personens försändelse.",
        "be personen om den publika nyckeln, eller byt till lösenfras",
    ),
    PROTECTED_CONTACT := Rule(
        "skyddad-kontakt",
        Severity.FAULT,
        "kontaktuppgifter som hör till någon med skyddade personuppgifter får inte finnas i lärarnas katalog",
        "Alla som kan hämta lärarnas katalog kan läsa den i klartext. Telefon, e-post och adress till en elev med "
        "skyddade personuppgifter, och till elevens vårdnadshavare, finns därför bara i kontorets register. Har "
        "uppgiften redan checkats in måste den tas bort även ur historiken: ring genast den som driver systemet.",
        "ta bort uppgiften, och ring den som driver systemet om den har checkats in",
    ),
    NO_MENTOR := Rule(
        "ingen-mentor",
        Severity.WARNING,
        "klassen har ingen mentor i dag",
        "Mentorn leder samtalet och är den som ser hela planen medan den är ett utkast. Utan mentor kan ingen skriva "
        "den färdig.",
        "lägg till mentorn med från-datum",
    ),
    NO_PRINCIPAL := Rule(
        "ingen-rektor",
        Severity.WARNING,
        "skolan har ingen rektor i dag",
        "Rektorn ansvarar för skolans planer. Utan rektor finns ingen som kan pröva en begäran om att få ut en "
        "handling.",
        "lägg till rektorn med från-datum",
    ),
)


def whole(case: CheckContext) -> Iterator[Finding]:
    """Check the register, and who leads schools and classes."""
    yield from _personnummer(case.school)
    for unit in case.school.units.values():
        if not any(post.covers(case.day) for post in unit.principals):
            yield NO_PRINCIPAL.at(unit_file(unit.id), "rektor")
        for number, group in enumerate(unit.classes):
            running = any(place.covers(case.day) for place in group.pupils)
            if running and not any(post.covers(case.day) for post in group.mentors):
                yield NO_MENTOR.at(unit_file(unit.id), "klasser", number, "mentor")


def pupil(case: CheckContext, name: str) -> Iterator[Finding]:
    """Check who a pupil is."""
    record = case.school.pupils.get(name)
    if record is None:
        return
    yield from _labels(case, record)
    yield from _receiving(case.school, pupil_file(name), record.receiving)
    if record.enrolled.covers(case.day) and not record.guardians_on(case.day):
        yield NO_GUARDIAN.at(pupil_file(name), "vårdnadshavare")
    for path, keys, text in written(case.school, name):
        if case.tells_address(text):
            yield PROTECTED_CONTACT.at(path, *keys)


def person(case: CheckContext, name: str) -> Iterator[Finding]:
    """Check a guardian or a member of staff."""
    record = case.school.people.get(name)
    if record is None:
        return
    yield from _receiving(case.school, person_file(name), record.receiving)
    if record.contact is not None and name in case.protected:
        yield PROTECTED_CONTACT.at(person_file(name), "kontakt")


def label_of(case: CheckContext, pupil: Pupil) -> str:
    """Return what the line `barn:` should say today."""
    place = case.school.place(pupil.id, case.day)
    group = f", {place[1].name}" if place else ""
    initial = f" {pupil.name.family[0]}" if pupil.name.family else ""
    return f"{pupil.name.given}{initial}{group}"


def _labels(case: CheckContext, pupil: Pupil) -> Iterator[Finding]:
    if case.unread_units and case.school.place(pupil.id, case.day) is None:
        return  # nobody knows the class
    expected = label_of(case, pupil)
    plan, goals = case.school.plans.get(pupil.id), case.school.goals.get(pupil.id)
    labels = ((pupil_file, pupil), (plan_file, plan), (goals_file, goals))
    for path, record in labels:
        if record is not None and record.label != expected:
            hard = " ".join(record.label.split()) == expected
            rule, said = (HARD_SPACE, HARD_SPACE.hint) if hard else (LABEL, "")
            yield rule.at(path(pupil.id), "barn", hint=said)


def _receiving(school: School, path: str, receiving: Receiving) -> Iterator[Finding]:
    if receiving.channel is Channel.OPENPGP and receiving.certificate not in school.certificates:
        yield NO_CERTIFICATE.at(path, "mottagning")


def _personnummer(school: School) -> Iterator[Finding]:
    from personnummer.personnummer import Personnummer, PersonnummerException  # noqa: PLC0415  only where a register is

    seen: set[str] = set()
    for person in sorted(school.registered):
        number = school.registered[person].personnummer
        if number is None:
            continue
        try:
            # The library also takes the digits of other scripts, which no search for the number would meet.
            long = Personnummer(number).format(long_format=True) if number.isascii() else ""
        except PersonnummerException:
            long = ""
        if not long:
            yield PERSONNUMMER.at(register_file(person), "personnummer")
            continue
        if long in seen:
            yield SAME_PERSONNUMMER.at(register_file(person), "personnummer")
        seen.add(long)
