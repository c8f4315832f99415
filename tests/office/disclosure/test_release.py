"""A decision is signed by one who may, and what it gives is handed out: or nothing is, and the message says why."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import page
import pytest

from iup.documents.assets import load_assets
from iup.errors import ContentError, IupError, LeakError, OutputError, RefusedError, WrongKeyError
from iup.model.disclosure import Choice, Masking, PlaceDecision, Refusal, RequestChannel, RequestState
from iup.office.disclosure import release as disclosure_release
from iup.office.disclosure import review
from iup.office.disclosure.decision_file import SPANS
from iup.office.disclosure.maskable_places import places
from iup.office.disclosure.masked_pdf import CopyRenderer
from iup.office.disclosure.register import Arrival
from iup.office.disclosure.release import DisclosureCase
from iup.office.disclosure.response import answer
from iup.site.layout import open_site, work_tree
from iup.site.load import load
from iup.system import files
from tests.conftest import DAY, iup
from tests.support import outside
from tests.support.disclosing import ORDINARY, OTHER_PRINCIPAL, PRINCIPAL, PROTECTED, TEACHER, TODAY, archive, desk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from iup.model.disclosure import DisclosureDecision
    from iup.office.disclosure.decision_file import DecisionStore
    from tests.conftest import Done, Place

CAME = datetime(2026, 11, 23, 9, 15)  # noqa: DTZ001  a moment as people write it
MEASURES = "fält/insatser/1"
ART = "j2y8c"  # teaches ORDINARY
SECRET = "i liten grupp"
REASON = "Eleven får stöd av elevhälsan, och det kan skada eleven om det blir känt."


def masking(ground: str = "osl-23-2-2", *, reason: str = REASON, text: str | None = None) -> Masking:
    return Masking(grund=ground, prövning=True, skäl=reason, text=text)


def decided(own: DecisionStore, place: Place, number: int, **some: PlaceDecision) -> DisclosureDecision:
    """Return a decision that keeps everything but some places; every proposal is put aside."""
    school, _ = load(work_tree(open_site(place.site)))
    assert school is not None
    begun = review.begin(own, school, number)
    looked = review.opened(own, school, number, TODAY).proposals
    terms = tuple(
        term.model_copy(
            update={
                "places": {
                    key: some.get(key)
                    or PlaceDecision(
                        val=Choice.KEEP, granskat=tuple(p.id for p in looked[term.folder] if p.place == key)
                    )
                    for key in term.places
                }
            }
        )
        for term in begun.terms
    )
    return own.keep(begun.model_copy(update={"terms": terms}))


@contextmanager
def case(place: Place, own: DecisionStore, number: int = 1) -> Iterator[DisclosureCase]:
    tree = work_tree(open_site(place.site))
    school, _ = load(tree)
    assert school is not None
    yield DisclosureCase(own, review.opened(own, school, number, TODAY), school, tree, TODAY)


def key_of(place: Place, person: str) -> str:
    with (place.site / "content" / "people" / f"{person}.yaml").open(encoding="utf-8") as lines:
        return next(line.split(":")[1].strip() for line in lines if "certifikat:" in line)


def sign(place: Place, own: DecisionStore, person: str = PRINCIPAL) -> DisclosureDecision:
    with case(place, own) as opened:
        return disclosure_release.sign(opened, key_of(place, person), place.keyring)


def release(place: Place, own: DecisionStore, press: CopyRenderer) -> tuple[Path, ...]:
    with case(place, own) as opened:
        return disclosure_release.release(opened, press)


@pytest.fixture(scope="module")
def press() -> CopyRenderer:
    """Return what sets copies, each once: the same request is handed out by several tests."""
    renderer = CopyRenderer(load_assets())
    made: dict[tuple[str, bytes, date], bytes] = {}
    real = renderer._set

    def set_once(html: str, identifier: bytes, attached: Mapping[str, bytes], day: date) -> bytes:
        assert not attached
        said = html, identifier, day
        if said not in made:
            made[said] = real(html, identifier, attached, day)
        return made[said]

    renderer._set = set_once
    return renderer


@pytest.fixture(scope="module")
def requested(archived: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Return a site with a request whose decision, not signed yet, masks a part and a name; not to be changed."""
    place = archived.copied(tmp_path_factory.mktemp("requested") / "d")
    with desk(place, place.root / "home") as own:
        own.requests.new(Arrival(CAME, RequestChannel.EMAIL, ORDINARY))
        stands = decided(own, place, 1).terms[0].places[MEASURES].reviewed
        parts = PlaceDecision(val=Choice.SPANS, maskeringar=(masking(text=SECRET),), granskat=stands)
        decided_name = PlaceDecision(val=Choice.MASK, maskeringar=(masking("osl-21-3", reason="Hot mot familjen."),))
        decided(own, place, 1, **{MEASURES: parts, "person/1": decided_name})
    yield place
    place.end_agents()


@pytest.fixture
def site(requested: Place, tmp_path: Path) -> Iterator[Place]:
    place = requested.copied(tmp_path / "d")
    yield place
    place.end_agents()


def command(place: Place, *arguments: str | Path) -> Done:
    return iup("disclose", *arguments, "--site", place.site, "--as-of", DAY)


def released(place: Place) -> list[str]:
    folder = place.office / "requests" / "1" / "released"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def status(place: Place) -> str:
    return outside.run("git", "-C", place.office, "status", "--porcelain").decode()


def test_by_the_commands_a_partly_masked_plan_goes_out_with_its_decision(site: Place) -> None:
    number, key = "1", key_of(site, PRINCIPAL)
    signed = command(site, "sign", number, "--key", key, "--home", site.keyring, "--yes")
    assert signed.code == 0, signed.err
    assert "beslutar på nämndens vägnar enligt BUN 2024/0139, § 6.2" in signed.err
    done = command(site, "release", number)
    assert done.code == 0, done.err
    assert released(site) == ["beslut.pdf", "copy.pdf"]
    assert status(site) == ""

    folder = site.office / "requests" / "1" / "released"
    copy, decision = (outside.run("pdftotext", folder / name, "-").decode() for name in ("copy.pdf", "beslut.pdf"))
    assert "[MASKAT OSL 23:2 2 st]" in " ".join(copy.split())
    assert SECRET not in " ".join(copy.split())
    assert "Alva" in copy
    told = " ".join(decision.split())
    for words in ("Delvis avslag", "Barn- och utbildningsnämnden", "BUN 2024/0139", REASON, "Kammarrätten i Göteborg"):
        assert words in told, words
    assert "inom tre veckor från den dag" in told
    assert "Alva" not in told
    report = page.validate_pdf_bytes((folder / "beslut.pdf").read_bytes(), profile="pdfa-3a")
    assert report.is_compliant, [failure.rule_id for failure in report.failures]
    row = (site.office / "requests" / "register.yaml").read_text(encoding="utf-8")
    assert "utfall: delvis utlämnad" in row
    assert ORDINARY not in row
    assert SECRET not in row
    again = command(site, "release", number)
    assert again.code == 4
    assert "begäran är redan besvarad" in again.err


def test_of_two_teachers_with_the_same_name_the_title_of_the_masked_one_stays_in(
    archived: Place, tmp_path: Path
) -> None:
    place = archived.copied(tmp_path / "d")
    people, plan = place.site / "content" / "people", place.site / "content" / "pupils" / ORDINARY / "plan.yaml"
    mentor, art = [(people / f"{one}.yaml").read_text(encoding="utf-8") for one in (TEACHER, ART)]
    (people / f"{ART}.yaml").write_text(mentor[: mentor.index("titel:")] + art[art.index("titel:") :], encoding="utf-8")
    before, text, after = re.split(
        r"(?m)^(?=  kunskapsutveckling:|  insatser:)", plan.read_text(encoding="utf-8"), maxsplit=2
    )
    plan.write_text(before + text.replace(f"av: {TEACHER}", f"av: {ART}") + after, encoding="utf-8")
    place.commit()
    archive(place, ORDINARY)
    gone = PlaceDecision(val=Choice.MASK, maskeringar=(masking("osl-21-3", reason="Hot mot den anställda."),))
    with desk(place, tmp_path / "home") as own:
        own.requests.new(Arrival(CAME, RequestChannel.EMAIL, ORDINARY))
        [key] = [key for key in decided(own, place, 1).terms[0].places if re.fullmatch(r"person/\d+-\d+", key)]
        decided(own, place, 1, **{key: gone, f"{key}/roll": gone})

    file = place.office / "requests" / "1" / "decision.yaml"
    whole = file.read_text(encoding="utf-8")
    said = "      val: maskera\n"
    assert f"    {key}/roll:\n{said}" in whole
    of_before = "".join(
        block for block in re.split(r"(?m)^(?=    \S)", whole) if not block.strip().startswith((f"{key}:", f"{key}/"))
    )
    file.write_text(of_before, encoding="utf-8")  # what it said when the two were one place
    checked = command(place, "check", "1")
    assert checked.code == 1
    for one in (key, f"{key}/roll"):
        assert f"stället {one} saknas i beslutet" in checked.out + checked.err
    file.write_text(whole, encoding="utf-8")

    signed = command(place, "sign", "1", "--key", key_of(place, PRINCIPAL), "--home", place.keyring, "--yes")
    assert signed.code == 0, signed.err
    done = command(place, "release", "1")
    assert done.code == 0, done.err
    folder = place.office / "requests" / "1" / "released"
    copy, decision = (outside.run("pdftotext", folder / one, "-").decode() for one in ("copy.pdf", "beslut.pdf"))
    copy = " ".join(copy.split())
    assert "mentor för 2B" in copy
    assert "lärare i bild" not in copy
    assert "[MASKAT OSL 21:3]" in copy
    assert key not in decision
    place.end_agents()


@pytest.mark.campaign
def test_two_releases_of_the_same_decision_are_the_same_bytes(site: Place, tmp_path: Path, press: CopyRenderer) -> None:
    with desk(site, tmp_path / "home") as own:
        sign(site, own)
        with case(site, own) as opened:
            made = opened.decision
            given = opened.answer(made, opened.deciders[0])
    assert given.copy is not None
    first, second = (press.copy(given.copy, given.withheld, given.kept, TODAY) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("person", [TEACHER, OTHER_PRINCIPAL])
def test_nobody_else_s_key_signs(site: Place, tmp_path: Path, person: str) -> None:
    with desk(site, tmp_path / "home") as own, pytest.raises(RefusedError) as refused:
        sign(site, own, person)

    assert "tillhör ingen som får besluta" in refused.value.message
    assert not (site.office / "requests" / "1" / "decision.asc").exists()


def test_a_key_whose_secret_part_is_not_there_signs_nothing(site: Place, tmp_path: Path) -> None:
    shutil.rmtree(site.keyring / "private-keys-v1.d")

    with desk(site, tmp_path / "home") as own, pytest.raises(WrongKeyError):
        sign(site, own)

    assert not (site.office / "requests" / "1" / "decision.asc").exists()


def _by_a_teacher(place: Place, own: DecisionStore) -> None:
    """Put another's signature over the very same words in place of the principal's."""
    with case(place, own) as opened:
        made = opened.decision
        said = disclosure_release._statement(opened, made, opened.deciders[0])
    done = subprocess.run(
        ["gpg", "--homedir", place.keyring, "--batch", "--armor", "--detach-sign", "-u", key_of(place, TEACHER)],
        input=said,
        capture_output=True,
        check=True,
    )
    (place.office / "requests" / "1" / "decision.asc").write_bytes(done.stdout)


def _edited(place: Place, _: DecisionStore) -> None:
    path = place.office / "requests" / "1" / "decision.yaml"
    text = path.read_text(encoding="utf-8")
    assert "Hot mot familjen." in text
    path.write_text(text.replace("Hot mot familjen.", "Hot mot någon."), encoding="utf-8")


def _quoting_less(place: Place, own: DecisionStore) -> None:
    """Change the sealed quotes alone: the decision in the repository stays as it was signed."""
    held = own._secrets(1)
    quotes = dict.fromkeys(held.quotes, "liten")
    plain = json.dumps({"salt": held.salt, "quotes": quotes}, ensure_ascii=False).encode()
    own._seal(place.office / "requests" / "1" / SPANS, plain)


def _signed_by_nobody(place: Place, _: DecisionStore) -> None:
    (place.office / "requests" / "1" / "decision.asc").unlink()


def _another_principal_now(place: Place, _: DecisionStore) -> None:
    post = f"person: {PRINCIPAL}, från: 20"
    [path] = [f for f in (place.site / "content" / "schools").iterdir() if post in f.read_text(encoding="utf-8")]
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(post, f"person: {OTHER_PRINCIPAL}, från: 20", 1), encoding="utf-8")


def _no_delegation_now(place: Place, _: DecisionStore) -> None:
    path = place.site / "policies" / "disclosure.yaml"
    text = path.read_text(encoding="utf-8")
    assert "från: 2024-04-16}" in text
    path.write_text(text.replace("från: 2024-04-16}", "från: 2024-04-16, till: 2026-01-01}"), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_edited, "underskriften under beslutet gäller inte"),
        (_quoting_less, "underskriften under beslutet gäller inte"),
        (_by_a_teacher, "underskriften under beslutet gäller inte"),
        (_signed_by_nobody, "beslutet är inte underskrivet"),
        (_another_principal_now, "beslutet är inte underskrivet"),
        (_no_delegation_now, "beslutet är inte underskrivet"),
    ],
)
def test_what_is_not_as_it_was_signed_is_not_handed_out(
    site: Place, tmp_path: Path, press: CopyRenderer, change: object, message: str
) -> None:
    with desk(site, tmp_path / "home") as own:
        sign(site, own)
        change(site, own)  # type: ignore[operator]
        with pytest.raises(RefusedError) as refused:
            release(site, own, press)

    assert message in refused.value.message
    assert released(site) == []


def test_an_archive_that_has_moved_on_since_is_not_handed_out(site: Place, tmp_path: Path, press: CopyRenderer) -> None:
    with desk(site, tmp_path / "home") as own:
        sign(site, own)
    path = site.site / "content" / "pupils" / ORDINARY / "plan.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(SECRET, "i stor grupp"), encoding="utf-8")
    site.commit()
    archive(site, ORDINARY)

    with desk(site, tmp_path / "home") as own, pytest.raises(ContentError) as refused:
        release(site, own, press)

    assert {problem.rule for problem in refused.value.problems} >= {"beslut-källa"}
    assert released(site) == []


def test_looking_at_a_signed_decision_again_leaves_the_signature_good(
    site: Place, tmp_path: Path, press: CopyRenderer
) -> None:
    with desk(site, tmp_path / "home") as own:
        sign(site, own)
        with case(site, own) as opened:
            own.keep(opened.decision)
        assert [path.name for path in release(site, own, press)] == ["copy.pdf", "beslut.pdf"]


def test_where_nothing_is_refused_there_is_no_decision_to_appeal(
    site: Place, tmp_path: Path, press: CopyRenderer
) -> None:
    with desk(site, tmp_path / "home") as own:
        decided(own, site, 1)
        sign(site, own)
        release(site, own, press)
        state = own.requests.one(1).state

    assert released(site) == ["copy.pdf"]
    assert state is RequestState.GIVEN


def test_a_refusal_of_the_whole_is_a_decision_and_no_copy(site: Place, tmp_path: Path, press: CopyRenderer) -> None:
    with desk(site, tmp_path / "home") as own:
        whole = Refusal(grund="osl-21-7", prövning=True, skäl="Det är tusen planer på en gång, för en databas.")
        own.keep(decided(own, site, 1).model_copy(update={"refusal": whole}))
        sign(site, own)
        [file] = release(site, own, press)
        state = own.requests.one(1).state

    told = " ".join(outside.run("pdftotext", file, "-").decode().split())
    assert file.name == "beslut.pdf"
    assert "Handlingen lämnas inte ut." in told
    assert "Det är tusen planer på en gång" in told
    assert "Kammarrätten i Göteborg" in told
    assert state is RequestState.REFUSED


def test_a_reason_that_quotes_what_it_is_the_reason_for_stops_everything(
    site: Place, tmp_path: Path, press: CopyRenderer
) -> None:
    with desk(site, tmp_path / "home") as own:
        whole = Refusal(grund="osl-21-7", prövning=True, skäl="Alva arbetar med läsningen.")
        own.keep(decided(own, site, 1).model_copy(update={"refusal": whole}))
        with case(site, own) as opened:
            name = next(p.text for p in places(opened.review.sources[0].view) if p.key == "namn")
            said = replace(opened.review, problems=())
            made = opened.decision.model_copy(
                update={"refusal": whole.model_copy(update={"reason": f"Det är {name} som"})}
            )
            given = answer(said, made, opened.school, opened.deciders[0], TODAY)
    assert given.decision is not None
    with pytest.raises(LeakError) as stopped:
        press.decision(given.decision, given.withheld, TODAY)
    assert name.split()[0] not in stopped.value.message


def test_the_copy_of_a_protected_pupil_says_neither_school_nor_class(
    site: Place, tmp_path: Path, press: CopyRenderer
) -> None:
    with desk(site, tmp_path / "home") as own:
        own.requests.new(Arrival(CAME, RequestChannel.LETTER, PROTECTED))
        # Two names masked alike, and the titles kept.
        gone = PlaceDecision(val=Choice.MASK, maskeringar=(masking("osl-21-3"),))
        decided(own, site, 2, **{"person/1": gone, "person/2": gone})
        with case(site, own, 2) as opened:
            disclosure_release.sign(opened, key_of(site, OTHER_PRINCIPAL), site.keyring)
        with case(site, own, 2) as opened:
            file, _ = disclosure_release.release(opened, press)
            place = opened.school.place(PROTECTED, TODAY)

    assert place is not None
    told = outside.run("pdftotext", file, "-").decode()
    assert place[0].name not in told
    assert "Barn- och utbildningsnämndens registrator" in " ".join(told.split())


def test_something_masked_that_stands_besides_is_told_before_the_signature(site: Place, tmp_path: Path) -> None:
    with desk(site, tmp_path / "home") as own:
        with case(site, own) as opened:
            told = {p.key: p.text for p in places(opened.review.sources[0].view)}
        subject = next(key for key in told if key.endswith("/ämne") and key.startswith("omdöme/"))
        decided(own, site, 1, **{subject: PlaceDecision(val=Choice.MASK, maskeringar=(masking(),))})
        with case(site, own) as opened:
            left = opened.answer(opened.decision, opened.deciders[0]).left
    done = command(site, "sign", "1", "--key", key_of(site, PRINCIPAL), "--home", site.keyring)

    assert {row.key for row in left} >= {key for key, text in told.items() if key != subject and told[subject] == text}
    assert done.code == 2
    assert "svara ja i en terminal, eller ange --yes" in done.err
    assert [f"({row.key}): här står något kvar" in done.out for row in left] == [True] * len(left)
    assert told[subject] not in done.out


@pytest.mark.parametrize(
    "broken",
    [*(pytest.param(name, marks=pytest.mark.campaign) for name in ("released", "register.yaml")), "request.yaml"],
)
def test_a_release_that_stops_on_the_way_is_finished_by_the_next(
    site: Place, tmp_path: Path, press: CopyRenderer, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    real = files.write_whole

    def full(path: Path, data: bytes) -> None:
        if broken in str(path) and (broken != "released" or path.name == "beslut.pdf"):
            raise OutputError("disken är full")
        real(path, data)

    with desk(site, tmp_path / "home") as own:
        sign(site, own)
        with monkeypatch.context() as patched:
            patched.setattr("iup.system.files.write_whole", full)
            with pytest.raises(IupError):
                release(site, own, press)
        assert own.requests.one(1).state is RequestState.WAITING
        release(site, own, press)
        assert own.requests.one(1).state is RequestState.PARTLY
        assert len(own.requests.answered()) == 1

    assert released(site) == ["beslut.pdf", "copy.pdf"]
    assert status(site) == ""
    assert not list((site.office / "requests" / "1").glob(".released-*"))
