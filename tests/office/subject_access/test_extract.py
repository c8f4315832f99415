"""The extract (GDPR art. 15) has every trace of a person and nothing of others; record and information say the rules.

Every text and personal value of a site is a token of its own (`canaries`), in the files, the history, the office, the
archive and the requests. What must be in an extract is worked out here from the files, not by the program.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from iup.keys.vault import open_vault
from iup.model.reply import ReplyChannel
from iup.office.disclosure.register import REQUEST
from iup.office.replies.inbox import InboxItem
from iup.office.replies.reply import typed
from iup.office.replies.store import ReplyStore
from iup.office.subject_access import notices
from iup.office.subject_access.extract import extract
from iup.office.subject_access.redact_others import MARK, OtherPeople
from iup.site.layout import open_site
from iup.site.paths import REQUESTS
from iup.text.identifiers import PERSONNUMMER
from tests.conftest import DAY, Place, iup
from tests.support import canaries, disclosing, outside
from tests.support.canaries import TOKEN, read, write
from tests.support.disclosing import PROTECTED, TEACHER, TODAY
from tests.support.telephones import NONE, WRITTEN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from iup.office.subject_access.extract import Extract
    from iup.office.subject_access.person_rows import Trace
    from tests.conftest import Done

PUPIL, MATE = "k7q2m", "a6n4x"
GUARDIAN, OTHER_GUARDIAN = "v3n8d", "y4b6k"
REPLY = "0" * 19 + "1"


@dataclass(frozen=True)
class Planted:
    """A site of tokens, its pupil's tokens by where they were planted, and what no longer stands in any file."""

    place: Place
    former: str
    former_address: str
    answer: str
    extracts: dict[str, Extract] = field(default_factory=dict)

    def extract(self, person: str) -> str:
        """Return all that somebody's extract says, as a machine gets it."""
        if person not in self.extracts:
            self.extracts[person] = extract(open_site(self.place.site), person, TODAY)
        school = disclosing.school_of(self.place)
        return json.dumps(notices.extract_values(school, self.extracts[person]), ensure_ascii=False)

    def tokens(self, *paths: str) -> set[str]:
        """Return the tokens that stand in files of the site or its office."""
        found: set[str] = set()
        for path in paths:
            root = self.place.office if path.startswith(("register", "replies", REQUESTS)) else self.place.site
            found |= set(TOKEN.findall((root / path).read_text(encoding="utf-8")))
        return found


@pytest.fixture(scope="module")
def planted(archived: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    """Plant tokens everywhere, in more than one version, and archive the pupil twice."""
    place = archived.copied(tmp_path_factory.mktemp("extract") / "d")
    planter = canaries.Planter(place.site, place.office)
    planter.plant()
    pupil = place.site / "content" / "pupils" / PUPIL
    plan, address = read(pupil / "plan.yaml"), read(place.office / "register" / f"{PUPIL}.yaml")
    former, former_address, answer = (planter.token() for _ in range(3))
    name = next(iter(plan["omdömen"]))
    write(pupil / "plan.yaml", _with_comment(plan, name, former))
    write(place.office / "register" / f"{PUPIL}.yaml", {**address, "adress": former_address})
    _commit(place)
    disclosing.archive(place, PUPIL, MATE)
    write(pupil / "plan.yaml", _with_comment(plan, name, _naming_others(place)))
    write(place.office / "register" / f"{PUPIL}.yaml", address)
    _dealings(place, answer)
    _commit(place)
    disclosing.archive(place, PUPIL, MATE)
    yield Planted(place, former, former_address, answer)
    place.end_agents()


def _with_comment(plan: dict[str, object], name: str, text: str) -> dict[str, object]:
    rows = plan["omdömen"]
    assert isinstance(rows, dict)
    return {**plan, "omdömen": {**rows, name: {**rows[name], "kommentar": text}}}


def _naming_others(place: Place) -> str:
    """Return a text about the pupil that names and reaches others in every way."""
    people = place.site / "content" / "people"
    mate = read(place.site / "content" / "pupils" / MATE / "pupil.yaml")["namn"]
    other, teacher = read(people / f"{OTHER_GUARDIAN}.yaml"), read(people / f"{TEACHER}.yaml")
    number = read(place.office / "register" / f"{OTHER_GUARDIAN}.yaml").get("personnummer", "19851208-9882")
    return (
        f"Läser med {mate['förnamn']}, i {mate['förnamn']}s bok. {mate['förnamn']} {mate['efternamn']}s mamma. "
        f"Ring {other['namn']['förnamn']} på {other['kontakt']['telefon']}, {other['kontakt']['e-post']}, "
        f"{number}. {teacher['namn']['förnamn']} {teacher['namn']['efternamn']} hälsar."
    )


def _dealings(place: Place, answer: str) -> None:
    """Put a reply of the guardian's, and requests for the plans of the pupil and of another, in the office."""
    reply = {
        "inkom": f"{DAY} 10:00",
        "läge": "antagen",
        "avsändare": GUARDIAN,
        "elev": PUPIL,
        "kanal": "sida",
        "beslut": DAY,
        "mottagare": TEACHER,
        "värden": [{"plats": "fält/hemmet", "etikett": "Hemmet", "text": answer}],
    }
    (place.office / "replies" / REPLY).mkdir(parents=True)
    write(place.office / "replies" / REPLY / "reply.yaml", reply)
    for number, pupil in ((1, PUPIL), (2, MATE)):
        folder = place.office / REQUESTS / str(number)
        folder.mkdir(parents=True)
        values = {"inkom": f"2026-11-2{number} 09:00", "kanal": "brev", "elev": pupil, "hänvisad_av": TEACHER}
        write(folder / REQUEST, {**values, "terminer": "hela", "läge": "inkommen"})
        write(folder / "decision.yaml", {"begäran": str(number), "avslag": {"skäl": f"skäl {number}"}})
    answered = [{"begäran": str(number), "utfall": f"utfall {number}", "beslutsfattare": TEACHER} for number in (1, 2)]
    write(place.office / REQUESTS / "register.yaml", {"poster": answered})
    holds = place.office / "holds"
    holds.mkdir()
    write(holds / "1.yaml", {"elev": PUPIL, "skäl": "tillsyn", "från": DAY})


def _commit(place: Place) -> None:
    author = ("-c", "user.name=test", "-c", "user.email=test@test.example")
    for root in (place.site, place.office):
        for arguments in (("add", "-A"), ("commit", "-qm", "test")):
            subprocess.run(["git", *author, *arguments], cwd=root, check=True, capture_output=True)


def test_a_pupils_extract_has_all_that_stands_about_the_pupil(planted: Planted) -> None:
    said = planted.extract(PUPIL)
    own = planted.tokens(*(f"content/pupils/{PUPIL}/{name}.yaml" for name in ("pupil", "goals", "plan")))
    others = planted.tokens(f"content/pupils/{MATE}/pupil.yaml", f"content/people/{OTHER_GUARDIAN}.yaml") | (
        planted.tokens(f"content/people/{TEACHER}.yaml")
    )

    wanted = (own - others) | planted.tokens(f"register/{PUPIL}.yaml")
    assert wanted - set(TOKEN.findall(said)) == set()
    assert {planted.former, planted.former_address, planted.answer} <= set(TOKEN.findall(said))


def test_a_pupils_extract_tells_what_the_archive_and_the_office_have(planted: Planted) -> None:
    kinds = {(trace.store, trace.kind) for trace in _traces(planted, PUPIL)}

    assert {
        ("arkivet", "Planen"),
        ("arkivet", "Målen"),
        ("arkivet", "Dokument som det skickades"),
        ("arkivet", "Liggaren: vad som har arkiverats"),
        ("kontoret", "Svar hemifrån"),
        ("kontoret", "Begäran om att få se planen"),
        ("kontoret", "Personnummer och adress"),
        ("skolans filer", "Skola, klass och undervisning"),
        ("skolans filer, tidigare versioner", "Planen"),
        ("kontoret, tidigare versioner", "Personnummer och adress"),
    } <= kinds
    requests = next(t for t in _traces(planted, PUPIL) if t.kind.startswith("Begäran"))
    told = [value for row in requests.rows for value in row.values]
    assert ("inkom", "2026-11-21 09:00") in told
    assert ("hänvisad av", f"{MARK} (personal)") in told
    assert ("skäl", "skäl 1") in told
    assert "2026-11-22" not in str(told)
    assert ("utfall", "utfall 1") in told
    assert "skäl 2" not in str(told)
    assert "utfall 2" not in str(told)
    hold = next(trace for trace in _traces(planted, PUPIL) if trace.kind == "Spärr mot gallring")
    assert ("skäl", "tillsyn") in hold.rows[0].values


@pytest.mark.parametrize("person", [PUPIL, GUARDIAN, TEACHER])
def test_an_extract_has_nothing_of_other_people(planted: Planted, person: str) -> None:
    found = set(TOKEN.findall(planted.extract(person)))
    near = {person} | (_children(planted) if person == GUARDIAN else set())
    strangers = planted.tokens(*_files(planted, set(_everybody(planted)) - near))
    mine = planted.tokens(*(f"content/{kind}/{person}.yaml" for kind in ("people",) if person != PUPIL))

    assert found & strangers - mine - _texts_about(planted, near) == set()


def test_other_people_in_a_text_about_the_pupil_are_masked_and_the_text_stays(planted: Planted) -> None:
    said = planted.extract(PUPIL)

    assert (
        f"Läser med {MARK}, i {MARK} bok. {MARK} mamma. Ring {MARK} på {MARK}, {MARK}, {MARK}. {MARK} hälsar." in said
    )


def test_a_reply_that_waits_is_opened_and_one_that_cannot_be_is_told(disclosed: Place) -> None:
    said = typed("0" * 32, GUARDIAN, PUPIL, "", [("fält/hemmet", f"Vi väntar på svar om {_mate(disclosed)}")])
    with disclosing.desk(disclosed, disclosed.root / "home") as desk:
        store = ReplyStore(desk.office, open_vault(desk.office), disclosed.root / "home")
        store.keep(InboxItem("", said), datetime(2026, 11, 24, 9, 0), ReplyChannel.PAPER)  # noqa: DTZ001  as it is typed in
        broken, _ = store.keep(InboxItem("", b"-----BEGIN PGP MESSAGE-----"), datetime(2026, 11, 24, 9, 1))  # noqa: DTZ001
    found = extract(open_site(disclosed.site), GUARDIAN, TODAY)
    waiting = next(trace for trace in found.traces if trace.kind == "Svar hemifrån som väntar")

    assert ("fält › hemmet", f"Vi väntar på svar om {MARK}") in waiting.rows[0].values
    assert ("elev", "Alva Lundén") in waiting.rows[0].values
    assert any(broken in path and "går inte att öppna" in path for path in found.to_read)


def _mate(place: Place) -> str:
    return str(read(place.site / "content" / "pupils" / MATE / "pupil.yaml")["namn"]["förnamn"])


def test_a_guardians_extract_has_what_they_wrote_and_whose_guardian_they_are(planted: Planted) -> None:
    said, found = planted.extract(GUARDIAN), set(TOKEN.findall(planted.extract(GUARDIAN)))
    plan = read(planted.place.site / "content" / "pupils" / PUPIL / "plan.yaml")
    wrote = {
        token
        for written in plan["fält"].values()
        for entry in (written if isinstance(written, list) else [written])
        if entry["av"] == GUARDIAN
        for token in TOKEN.findall(entry["text"])
    }
    assert wrote
    assert wrote | planted.tokens(f"content/people/{GUARDIAN}.yaml") | {planted.answer} <= found
    assert "vårdnadshavare" in said
    assert not planted.tokens(f"register/{PUPIL}.yaml") & found


def test_a_teachers_extract_says_that_they_wrote_and_not_what(planted: Planted) -> None:
    said, found = planted.extract(TEACHER), set(TOKEN.findall(planted.extract(TEACHER)))
    texts = planted.tokens(*(f"content/pupils/{PUPIL}/{name}.yaml" for name in ("plan", "goals")))
    texts -= planted.tokens("content/schools/kvarnriset.yaml")  # the class, in which the teacher works

    assert planted.tokens(f"content/people/{TEACHER}.yaml") <= found
    assert not (texts - planted.tokens(f"content/people/{TEACHER}.yaml")) & found
    assert f"hos {MARK} (elev)" in said
    assert {"Konton", "Skola, klass och undervisning", "Begäran om att få se planen"} <= {
        trace.kind for trace in _traces(planted, TEACHER)
    }
    assert any(path.startswith("content/pupils/") for path in planted.extracts[TEACHER].to_read)


def _disclose(place: Place, *arguments: str | Path) -> Done:
    return iup("disclose", *arguments, "--site", place.site, "--as-of", DAY)


def _children(planted: Planted) -> set[str]:
    """Return the pupils that the guardian is one of."""
    files = (planted.place.site / "content" / "pupils").glob("*/pupil.yaml")
    return {path.parent.name for path in files if GUARDIAN in path.read_text(encoding="utf-8")}


def _texts_about(planted: Planted, people: set[str]) -> set[str]:
    """Return the tokens of texts about some pupils, without the names and contact data that were put into one."""
    pupils = people & {path.name for path in (planted.place.site / "content" / "pupils").iterdir()}
    texts = planted.tokens(*(f"content/pupils/{name}/{kind}.yaml" for name in pupils for kind in ("plan", "goals")))
    texts -= set(TOKEN.findall(_naming_others(planted.place)))
    return texts | planted.tokens("content/schools/kvarnriset.yaml")  # what class and school are called is nobody's own


def _traces(planted: Planted, person: str) -> tuple[Trace, ...]:
    planted.extract(person)
    return planted.extracts[person].traces


def _everybody(planted: Planted) -> list[str]:
    content = planted.place.site / "content"
    return [path.stem for path in [*(content / "people").glob("*.yaml"), *(content / "pupils").iterdir()]]


def _files(planted: Planted, people: set[str]) -> list[str]:
    """Return every file that is some person's own."""
    names = [f"content/people/{name}.yaml" for name in people] + [f"register/{name}.yaml" for name in people]
    names += [f"content/pupils/{name}/{kind}.yaml" for name in people for kind in ("pupil", "plan", "goals")]
    return [
        n for n in names if ((planted.place.office if n.startswith("register") else planted.place.site) / n).is_file()
    ]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Alva läste. ALVA LUNDÉN också, och Alvas bok.", "Alva läste. ALVA LUNDÉN också, och Alvas bok."),
        ("Noel hjälpte henne", f"{MARK} hjälpte henne"),
        ("hon leker med noel", f"hon leker med {MARK}"),
        ("Noels och Noel Bergdahls", f"{MARK} och {MARK}"),
        ("No\u00adel Berg\u00addahl", MARK),
        ("No\u200cel\u200e Berg\u200b\u200ddahl", MARK),
        ("ring 070\u200e-174\u00ad 06 07", f"ring {MARK}"),
        ("Noel\nBergdahl", MARK),
        ("en noelitisk dag", "en noelitisk dag"),
        ("ring 070-174 06 07", f"ring {MARK}"),
        ("ring +46 70 174 06 07", f"ring {MARK}"),
        ("jenny.bergdahl@brevlada.example", MARK),
        ("nr 19851208-9882", f"nr {MARK}"),
        ("morfar har 0701234567", f"morfar har {MARK}"),
        ("vid Slussgatan  7 bor", f"vid {MARK} bor"),
        ("klockan 10.30 den 3/4 2026", "klockan 10.30 den 3/4 2026"),
    ],
)
def test_what_is_other_peoples_is_found_in_every_form(archived: Place, text: str, left: str) -> None:
    assert OtherPeople(disclosing.school_of(archived), PUPIL).without(text) == left


@pytest.mark.parametrize("number", WRITTEN)
def test_a_telephone_number_is_taken_out_however_it_is_written(archived: Place, number: str) -> None:
    left = OtherPeople(disclosing.school_of(archived), PUPIL).without(f"Nås på {number}, helst kväll")

    assert MARK in left
    assert not any(map(str.isdigit, left))


@pytest.mark.parametrize("text", NONE)
def test_other_digits_stay_unless_they_are_a_personnummer(archived: Place, text: str) -> None:
    left = OtherPeople(disclosing.school_of(archived), PUPIL).without(text)

    assert left == PERSONNUMMER.sub(MARK, text)


def test_a_name_that_two_people_share_stays_when_it_is_ones_own(archived: Place) -> None:
    school = disclosing.school_of(archived)
    pupil = school.pupils[PUPIL]
    mate = school.pupils[MATE].model_copy(update={"name": pupil.name.model_copy(update={"family": "Bergdahl"})})
    twins = OtherPeople(replace(school, pupils={**school.pupils, MATE: mate}), PUPIL)

    assert twins.without("Alva läste med Alva Bergdahl") == f"Alva läste med {MARK}"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Ali och Sol läser. Alis bok, ali.", f"{MARK} och Sol läser. {MARK} bok, ali."),  # Ali is a classmate
        ("Sol i 5A, och sol.", f"{MARK} i 5A, och sol."),
        ("Ingrid och Bo, som har 5A", f"{MARK} och {MARK}, som har 5A"),  # Ingrid is the mentor
        ("Alva läser i 2B", "Alva läser i 2B"),
    ],
)
def test_who_has_one_name_goes_in_the_person_s_classes_or_beside_their_own(
    archived: Place, text: str, left: str
) -> None:
    names = {"r9e2h": "Ali", "z6c9u": "Sol", TEACHER: "Ingrid", "b7w4n": "Bo", PUPIL: "Alva"}
    others = OtherPeople(disclosing.one_named(disclosing.school_of(archived), **names), PUPIL)

    assert others.without(text) == left
    assert others.by_eye == ("b7w4n", "z6c9u")
    assert [others.named_in(one) for one in ("Alva hjälpte mig", "Alva, 2B", f"{PUPIL} Alva")] == [False, True, True]


def test_a_protected_childs_name_is_not_in_its_guardians_extract(archived: Place) -> None:
    school = disclosing.school_of(archived)
    guardian = school.pupils[PROTECTED].guardians[0].person
    found = extract(open_site(archived.site), guardian, TODAY)
    said = json.dumps(notices.extract_values(school, found), ensure_ascii=False)

    assert school.pupils[PROTECTED].name.given not in said
    assert f"hos {MARK} (elev)" in said


def test_a_sealed_extract_opens_with_the_recipients_key_alone(disclosed: Place, tmp_path: Path) -> None:
    fingerprint = read(disclosed.site / "content" / "people" / f"{TEACHER}.yaml")["mottagning"]["certifikat"]
    key = tmp_path / "nyckel.asc"
    key.write_bytes(outside.run("gpg", "--homedir", disclosed.keyring, "--armor", "--export", fingerprint))
    done = _disclose(disclosed, "extract", TEACHER, "--to", tmp_path / "ut", "--recipient", key)

    assert done.code == 0, done.err
    assert fingerprint in done.err
    assert "läs själv: content/pupils/" in done.err
    assert sorted(path.name for path in (tmp_path / "ut").iterdir()) == [
        "utdrag.html.pgp",
        "utdrag.json.pgp",
        "utdrag.pdf.pgp",
    ]
    school_key = disclosed.office / "keyhome" / "signing" / "pubring.gpg"
    outside.run("gpg", "--homedir", disclosed.keyring, "--batch", "--quiet", "--import", school_key)
    opened = {path.name: outside.decrypted(disclosed, path)[0] for path in (tmp_path / "ut").iterdir()}
    values = json.loads(opened["utdrag.json.pgp"])
    assert values["registerutdrag"]["för"] == "Ingrid Ahlmark"
    assert {row["lagring"][0][:9] for row in values["behandlingar"]} >= {"Planer, m"}
    shown = outside.run("pdftotext", "-", "-", feed=opened["utdrag.pdf.pgp"]).decode()
    assert "Ingrid Ahlmark" in shown
    assert "Integritetsskyddsmyndigheten" in shown
    assert b"Dina r\xc3\xa4ttigheter" in opened["utdrag.html.pgp"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((PUPIL,), "säg hur utdraget ska lämnas"),
        (("a1a1a", "--plain"), "ingen i content/ har det id:t"),
    ],
)
def test_a_wrong_command_writes_nothing(archived: Place, tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    done = _disclose(archived, "extract", *arguments, "--to", tmp_path / "ut")

    assert done.code == 2
    assert told in done.err
    assert not (tmp_path / "ut").exists()


def test_the_record_says_what_the_policies_say(archived: Place, tmp_path: Path) -> None:
    done = _disclose(archived, "record", "--to", tmp_path / "r.html")
    assert done.code == 0, done.err
    said = " ".join((tmp_path / "r.html").read_text(encoding="utf-8").split())
    processing = read(archived.site / "policies" / "processing.yaml")
    retention = {rule["id"]: rule for rule in read(archived.site / "policies" / "retention.yaml")["regler"]}
    for activity in processing["behandlingar"]:
        for key in ("ändamål", "registrerade", "uppgifter", "källor", "mottagare"):
            assert all(text in said for text in activity[key])
        assert all(basis["källa"] in said for basis in activity["rättslig_grund"])
        assert all(" ".join(retention[rule]["text"].split()) in said for rule in activity["lagring"])


def test_the_information_is_for_its_readers(archived: Place) -> None:
    school = disclosing.school_of(archived)
    home, staff = (notices.information_view(school, TODAY, who) for who in ("elever", "personal"))

    assert "ditt barn" in home.lead
    assert "ditt barn" not in staff.lead
    assert {"Dina rättigheter", "Klaga", "Vart du vänder dig"} <= {section.title for section in home.sections}


def test_without_the_policy_nothing_is_said_of_the_processing(disclosed: Place, tmp_path: Path) -> None:
    (disclosed.site / "policies" / "processing.yaml").unlink()
    done = _disclose(disclosed, "record", "--to", tmp_path / "r.html")

    assert done.code == 3
    assert "policies/processing.yaml saknas" in done.err
