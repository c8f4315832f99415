"""A pupil, a guardian and a teacher who have one name only go through every command as anybody does."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from iup.office.subject_access import notices
from iup.office.subject_access.extract import extract
from iup.site import strict_yaml
from iup.site.layout import open_site
from tests.conftest import Place, iup, own_copy
from tests.support import disclosing, outside, receiving
from tests.support.archiving import configure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Done

ALI, SOL, BO, MATE, NEXT, PRINCIPAL = "a6n4x", "e5h7w", "t3m8k", "c8f3t", "r9e2h", "r4x8w"
NOW = {"SOURCE_DATE_EPOCH": "1795514400"}  # 11.00 on the day of the school
MENTIONED = "Läser gärna. Ali är med."


def run(place: Place, *arguments: str | Path, code: int = 0) -> Done:
    done = iup(*arguments, "--site", place.site, env=NOW)
    assert done.code == code, done.err + done.out
    return done


def called(place: Place, person: str, name: str) -> None:
    """Give somebody one name only, in their file and in the line of their files."""
    folder = place.site / "content" / "pupils" / person
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else [place.site / "content" / "people" / f"{person}.yaml"]
    for path in files:
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"^barn: .*, ", f"barn: {name}, ", text, flags=re.MULTILINE)
        text = re.sub(r"^  förnamn: .*\n  efternamn: .*\n", f"  förnamn: {name}\n", text, flags=re.MULTILINE)
        path.write_text(text, encoding="utf-8")


def mention(place: Place, text: str) -> None:
    """Put a text in the place of the first comment in a classmate's plan, and commit."""
    path = place.site / "content" / "pupils" / MATE / "plan.yaml"
    old = path.read_text(encoding="utf-8")
    new, count = re.subn(r"(?m)^(    kommentar: )(?:\|\n(?:      .*\n|\n)+|.+\n)", rf"\1{text}\n", old, count=1)
    assert count == 1
    path.write_text(new, encoding="utf-8")
    place.commit()


@pytest.fixture
def place(small: Place, tmp_path: Path) -> Iterator[Place]:
    with own_copy(small, tmp_path) as copy:
        configure(copy)
        for person, name in ((ALI, "Ali"), (SOL, "Sol"), (BO, "Bo")):
            called(copy, person, name)
        mention(copy, MENTIONED)
        yield copy


def test_every_command_takes_who_has_one_name(place: Place, tmp_path: Path) -> None:
    run(place, "check")
    for person in (ALI, SOL, BO):
        built = json.loads(run(place, "build", "--json", "--recipient", person).out)
        assert (built["failed"], built["made"] > 0) == ({}, True)
    _answers(place, tmp_path)
    run(place, "finalise", ALI, MATE, "--term", "HT 2026", "--yes")
    run(place, "archive", ALI, "--term", "HT 2026", "--to", tmp_path / "kept.html")
    assert "Ali" in (tmp_path / "kept.html").read_text(encoding="utf-8")
    run(place, "archive", "export", ALI, "--to", tmp_path / "package")
    _taken_in(place.copied(tmp_path / "other", "output"), tmp_path / "package")
    _handed_out(place)
    _extracted(place, tmp_path)
    run(place, "archive", "verify")
    _purged(place)


def _answers(place: Place, tmp_path: Path) -> None:
    """The guardian answers by the page and by the PDF."""
    home = receiving.home(place, SOL)
    for name, data in (("a_iup", home.reply({"läst": True})), ("b_pdf", home.pdf({"mål/m2/kommentar": "Vi övar."}))):
        inbox = receiving.put(tmp_path, **{name: data})
        [one] = receiving.waiting(place, inbox / name.replace("_", "."))
        done = receiving.accept(place, one["id"])
        assert done.code == 0, done.err


def _taken_in(other: Place, package: Path) -> None:
    """Another school takes the package in for a pupil who is called the same."""
    called(other, NEXT, "Ali")
    other.commit()
    [key] = (path.stem for path in (package / "data" / "nycklar").iterdir())
    done = run(other, "archive", "import", package, "--as", NEXT, "--key", key)
    assert f"Mottaget för {NEXT}: 1 termin." in done.err
    assert "HT 2026 (tidigare skola)" in run(other, "archive", NEXT).out
    other.end_agents()


def _handed_out(place: Place) -> None:
    """A classmate's plan goes out: the name alone is not proposed but told, and a person masks it by hand."""
    run(place, "disclose", "new", MATE)
    told = run(place, "disclose", "review", "1").out
    assert re.findall(r"Leta själv efter (.*?),", told) == [f"Ali ({ALI})", f"Sol ({SOL})"]
    assert "”Ali”" not in told
    file = place.office / "requests" / "1" / "decision.yaml"
    values = strict_yaml.parse(file.read_bytes())
    masking = {"grund": "osl-21-3", "prövning": "ja", "skäl": "Hot mot familjen.", "text": "Ali"}
    for key, row in values["terminer"][0]["platser"].items():
        row |= {"val": "behåll", "granskat": re.findall(r"\? ([a-zå-ö]+-\d+): ", _of(told, key))}
        if MENTIONED in _of(told, key):
            row |= {"val": "maskera delar", "maskeringar": [masking]}
    file.write_bytes(strict_yaml.written(values))
    run(place, "disclose", "check", "1")
    run(place, "disclose", "sign", "1", "--key", _key(place), "--home", place.keyring, "--yes")
    run(place, "disclose", "release", "1")
    copy = " ".join(outside.run("pdftotext", file.parent / "released" / "copy.pdf", "-").decode().split())
    assert "Läser gärna. [MASKAT OSL 21:3] är med." in copy
    assert "Ali" not in copy


def _key(place: Place) -> str:
    text = (place.site / "content" / "people" / f"{PRINCIPAL}.yaml").read_text(encoding="utf-8")
    return str(re.findall(r"certifikat: (\w+)", text)[0])


def _of(told: str, key: str) -> str:
    """Return what a review says of one place."""
    return told.partition(f"\n{key} · ")[2].partition("\n\n")[0]


def _extracted(place: Place, tmp_path: Path) -> None:
    """The name stands in the extract of its bearer and of who has custody, and in no classmate's."""
    run(place, "disclose", "extract", MATE, "--plain", "--to", tmp_path)
    said = {MATE: (tmp_path / "utdrag.json").read_text(encoding="utf-8")}
    school = disclosing.school_of(place)
    for person in (ALI, SOL, BO):
        found = extract(open_site(place.site), person, disclosing.TODAY)
        said[person] = json.dumps(notices.extract_values(school, found), ensure_ascii=False)
    assert {person for person, text in said.items() if "Ali" in text} == {ALI, SOL}
    assert {person for person, text in said.items() if re.search(r"\bSol\b", text)} == {SOL}


def _purged(place: Place) -> None:
    """Beside the class the name stops a purge; alone, as a classmate's archive has it, it is anybody's."""
    mention(place, f"{MENTIONED} Ali i 2B.")
    refused = run(place, "retain", "purge", ALI, "--decision", "BUN 1", "--execute", code=4)
    assert f"nämns med namn, id eller personnummer i content/pupils/{MATE}/plan.yaml" in refused.err
    mention(place, MENTIONED)
    done = run(place, "retain", "purge", ALI, "--decision", "BUN 1", "--execute")
    assert "Gallrat och bevisat: 1 elev" in done.err
    assert not (place.site / "content" / "people" / f"{SOL}.yaml").exists()
    run(place, "check")
    run(place, "archive", "verify")
