"""`demo --pupils`: an invented municipality that agrees with every check, and is the same for the same seed."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest

from iup.build.pipeline import checked
from iup.demo import municipality
from iup.demo.keys import key_pair
from iup.model.people import Channel
from iup.problems import Severity
from iup.seal import certificate
from iup.site.strict_yaml import parse, written
from iup.system.git.trees import MemoryTree
from tests.conftest import DAY, Place, iup
from tests.support.outside import decrypted, passphrases, told
from tests.support.sealing import gpg, gpg_home, pdf_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def drawn(pupils: int, seed: int) -> dict[str, bytes]:
    """Return the files of a municipality, without the secret keys."""
    return {file.path: file.data for file in municipality.files(pupils, seed) if file.path}


def test_a_municipality_has_neither_faults_nor_warnings(files: Mapping[str, bytes]) -> None:
    policies = {path: data for path, data in files.items() if path.startswith("policies/")}
    school, problems = checked(MemoryTree({**policies, **drawn(500, 3)}), date.fromisoformat(DAY))

    assert school is not None
    assert {problem.severity for problem in problems} <= {Severity.NOTE}
    assert len(school.pupils) == 500
    assert [len(group.pupils) for unit in school.units.values() for group in unit.classes] == [25] * 20
    assert sum(pupil.is_protected(date.fromisoformat(DAY)) for pupil in school.pupils.values()) >= 5
    assert {person.receiving.channel for person in school.people.values()} == set(Channel)
    assert max(Counter(tie.person for pupil in school.pupils.values() for tie in pupil.guardians).values()) > 1


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    one, again, other = drawn(60, 1), drawn(60, 1), drawn(60, 2)

    assert one == again
    assert not {path for path in one if "/pupils/" in path} & other.keys()


def test_an_invented_key_is_one_that_gpg_takes(tmp_path: Path) -> None:
    pair = key_pair("some/seed")
    tmp_path.chmod(0o700)

    assert certificate.inspect(pair.public, pair.fingerprint, tmp_path).encryption_keys
    with gpg_home() as home:
        gpg(home, "--import", feed=pair.secret)
        sealed = gpg(home, "--trust-model", "always", "--recipient", pair.fingerprint, "--encrypt", feed=b"hej")
        assert gpg(home, "--decrypt", feed=sealed) == b"hej"
        assert b"GOODSIG" in gpg(home, "--status-fd", "1", "--verify", feed=gpg(home, "--sign", feed=b"hej"))


@pytest.mark.parametrize("text", ["no", "12:30", "0123", "7", "true", "", "~", "a: b", "två\nrader\n", " x #y", "'"])
def test_what_is_written_is_read_back_as_it_was(text: str) -> None:
    assert parse(written({"a": text, "b": [text]})) == {"a": text, "b": [text]}


def test_a_small_municipality_can_be_built_and_opened(tmp_path: Path) -> None:
    place = Place(tmp_path / "d")
    made = iup("demo", place.root, "--pupils", "2", "--seed", "7")
    assert made.code == 0, made.err
    assert "Inget är byggt än" in made.out
    assert not (place.site / "output").exists()

    words, given = passphrases(place), told(place.run("build", "--dry-run", "--json").out)
    home = next(person for person in given if person in words)
    teacher = next(person for person, names in given.items() if any(n.endswith(".html.pgp") for n in names))
    for person in (home, teacher):
        built = place.run("build", "--recipient", person)
        assert built.code == 0, built.err
    pdf = next(name for name in given[home] if name.endswith(".pdf"))
    assert "Tallbro" in pdf_text((place.current / pdf).read_bytes(), words[home])
    page = next(name for name in given[teacher] if name.endswith(".html.pgp"))
    assert b"Tallbro" in decrypted(place, place.current / page)[0]
    place.end_agents()


def test_the_options_of_a_municipality_are_refused_where_they_have_no_effect(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"")

    assert iup("demo", tmp_path, "--pupils", "2").code == 2
    assert iup("demo", tmp_path / "e", "--seed", "2").code == 2
    assert iup("demo", tmp_path / "e", "--pupils", "0").code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
