"""`archive export`: what leaves is all that is kept of one pupil, nothing else, readable and checked without us."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import page
import pytest

from iup.archive.verify import describe
from iup.errors import OutputError, RefusedError, SealError, UsageError
from iup.keys import keyring
from iup.office.transfer import export as export_module
from iup.office.transfer.export import export
from iup.office.transfer.package import Package
from iup.site.layout import open_site
from tests.conftest import DAY, ROOT, Done, Place, iup, shared
from tests.support import outside, preloaded
from tests.support.archiving import KILLED, entries
from tests.support.packages import NOEL, OLD, SIBLING, faults, without_result
from tests.support.repository import git
from tests.support.sealing import gpg, gpg_home, new_key

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTE = "Visa Jenny hur vi ljudar"  # working material in Noel's plan
SMALL = Package(1, 1, has_history=True, payload={"plan.yaml": b"a: 1\n"}, beside={"README": b"x"}, said={})
TELLING = re.compile(r"Kvarnriset|\b2B\b|lärare i årskurs")


@pytest.fixture(scope="module")
def sending(built: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Return a school that has made Noel's plan final and put his archive into `out/package`; nobody may change it."""

    def make(root: Path) -> None:
        place = without_result(built, root)
        done = place.run("finalise", NOEL, "--term", "HT 2026", "--yes")
        assert done.code == 0, done.err
        done = exported(place, place.root / "out" / "package")
        assert done.code == 0, done.err
        assert "Paketet är klartext" in done.err

    with shared(tmp_path_factory, "sending", make) as root:
        yield Place(root / "d")


@pytest.fixture
def own(sending: Place, tmp_path: Path) -> Place:
    return without_result(sending, tmp_path)


def exported(place: Place, to: Path, *more: str | Path, pupil: str = NOEL) -> Done:
    return iup("archive", "export", pupil, "--to", to, "--site", place.site, "--as-of", DAY, *more)


def everything(folder: Path) -> str:
    """Return all text of a package: files, PDFs, and every object of the history."""
    found = [
        path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in {".pdf", ".bundle", ".gpg", ".asc"}
    ]
    found += [outside.run("pdftotext", path, "-") for path in folder.rglob("*.pdf")]
    if (bundle := folder / "data" / "historik.bundle").exists():
        clone = folder.parent / "clone"
        git(folder, "clone", "-q", str(bundle), str(clone))
        found += [path.read_bytes() for path in clone.rglob("*") if path.is_file() and ".git" not in path.parts]
        found.append(git(clone, "log", "--all", "-p").out.encode())
        shutil.rmtree(clone)
    return b"\n".join(found).decode("utf-8", "replace")


def test_a_package_is_checked_with_sha256sum_gpg_and_git_alone(sending: Place, tmp_path: Path) -> None:
    package = tmp_path / "p"
    shutil.copytree(sending.root / "out" / "package", package)
    for name in ("tagmanifest-sha256.txt", "manifest-sha256.txt"):
        done = subprocess.run(["sha256sum", "--check", "--strict", "--quiet", name], cwd=package, check=False)
        assert done.returncode == 0
    listed = (package / "manifest-sha256.txt").read_text("utf-8")
    on_disk = {path.relative_to(package).as_posix() for path in (package / "data").rglob("*") if path.is_file()}
    assert {line.split(None, 1)[1] for line in listed.splitlines()} == on_disk
    (key,) = (package / "data" / "nycklar").iterdir()
    with gpg_home() as ring:
        gpg(ring, "--import", key)
        gpg(ring, "--verify", package / "tagmanifest-sha256.txt.asc", package / "tagmanifest-sha256.txt")
        git(tmp_path, "clone", "-q", str(package / "data" / "historik.bundle"), "history")
        signed = git(tmp_path / "history", "log", "--format=%GF", env={"GNUPGHOME": str(ring)}).out.split()
    assert set(signed) == {key.stem}
    assert key.stem in (package / "LÄS MIG.txt").read_text("utf-8")
    assert describe(sending.office, (package / "tagmanifest-sha256.txt").read_bytes()), (
        "the ledger has what was given on"
    )
    assert [entry["event"] for entry in entries(sending)] == ["fastställd", "utlämnad"]
    assert faults(sending) == ""


def test_each_term_is_there_as_pdf_a_with_its_files_attached_as_html_and_as_the_history_has_it(
    sending: Place, tmp_path: Path
) -> None:
    package = sending.root / "out" / "package"
    git(tmp_path, "clone", "-q", str(package / "data" / "historik.bundle"), "history")
    term, kept = package / "data" / "2026-HT", tmp_path / "history" / "2026-HT"
    records = {path.name: path.read_bytes() for path in kept.glob("*.yaml")}
    assert set(records) == {"arkiv.yaml", "plan.yaml", "goals.yaml", "form.yaml", "people.yaml"}
    assert {path.name: path.read_bytes() for path in term.glob("*.yaml")} == records
    pdfs = sorted(term.glob("*.pdf"))
    assert [path.stem for path in pdfs] == ["guardian", "mentor", "principal"], "one for each text that differs"
    for number, path in enumerate(pdfs):
        for profile in ("ua1", "pdfa-3a"):
            report = page.validate_pdf_bytes(path.read_bytes(), profile=profile)
            assert report.is_compliant, [failure.rule_id for failure in report.failures]
        folder = tmp_path / f"{number}"
        folder.mkdir()
        outside.run("pdfdetach", "-saveall", "-o", folder, path)
        assert {file.name: file.read_bytes() for file in folder.iterdir()} == records
        assert OLD in " ".join(outside.run("pdftotext", path, "-").decode().split())
    pages = {path.stem for path in (term / "html").iterdir()}
    assert pages == {path.stem for path in kept.glob("documents/*.html")} | set(
        json.loads((kept / "roles.json").read_bytes())["copies"]
    )
    shown = ("--term", "HT 2026", "--to", tmp_path / "shown.html", "--as-of", DAY)
    assert iup("archive", NOEL, "--site", sending.site, *shown).code == 0
    assert (tmp_path / "shown.html").read_bytes() in {path.read_bytes() for path in (term / "html").iterdir()}


def test_no_working_material_no_sibling_and_no_id_of_another_pupil_leaves(sending: Place) -> None:
    text = everything(sending.root / "out" / "package")
    assert OLD in text
    assert NOTE not in text
    assert "Ella" not in text
    assert SIBLING not in text


def test_of_a_protected_pupil_a_sealed_package_leaves_and_nothing_that_tells_the_school(
    own: Place, tmp_path: Path
) -> None:
    with (own.site / f"content/pupils/{NOEL}/pupil.yaml").open("a", encoding="utf-8") as file:
        file.write("skyddade_personuppgifter:\n  - {slag: sekretessmarkering, från: 2026-11-20}\n")
    own.commit()
    shown = iup("archive", NOEL, "--term", "HT 2026", "--site", own.site, "--as-of", DAY)
    assert OLD in shown.out
    assert not TELLING.search(shown.out), "the office sees it protected too"
    assert "skyddade uppgifter" in shown.err
    with pytest.raises(RefusedError, match="skyddade uppgifter"):
        write(own, tmp_path / "plain")
    assert not (tmp_path / "plain").exists()
    with gpg_home() as ring:
        fingerprint = new_key(ring, "receiver")
        gpg(ring, "--import", own.office / "keyhome" / "signing" / "pubring.gpg")
        (tmp_path / "c.asc").write_bytes(gpg(ring, "--armor", "--export", fingerprint))
        done = exported(own, tmp_path / "sealed.pgp", "--recipient", tmp_path / "c.asc")
        assert done.code == 0, done.err
        assert f"Låst till nyckeln {fingerprint}" in done.err
        tar = gpg(ring, "--decrypt", tmp_path / "sealed.pgp")
    (tmp_path / "opened").mkdir()
    subprocess.run(["tar", "x", "-C", tmp_path / "opened"], input=tar, check=True)
    text = everything(tmp_path / "opened" / "paket")
    assert OLD in text
    assert TELLING.findall(text) == []
    assert not list((tmp_path / "opened").rglob("historik.bundle"))
    assert describe(own.office, (tmp_path / "sealed.pgp").read_bytes())
    assert not list((own.office / ".git" / "iup-arbete").glob("rum*")), "no plain text stays behind"


@pytest.fixture
def small(own: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Return a school whose packages are small, for tests of where they are written."""
    monkeypatch.setattr(export_module, "gather", lambda *_: SMALL)
    return own


def write(place: Place, target: Path, to: Path | None = None) -> None:
    with keyring.opened(place.office) as opened:
        export(open_site(place.site), opened, NOEL, date.fromisoformat(DAY), target, to)


def test_of_a_pupil_with_a_new_identity_nothing_leaves(small: Place, tmp_path: Path) -> None:
    with (small.site / f"content/pupils/{NOEL}/pupil.yaml").open("a", encoding="utf-8") as file:
        file.write("skyddade_personuppgifter:\n  - {slag: fingerade uppgifter, från: 2026-11-20}\n")
    small.commit()
    shutil.copy(small.office / "keyhome" / "office.gpg", tmp_path / "c.gpg")
    with pytest.raises(RefusedError, match="fingerade"):
        write(small, tmp_path / "p", tmp_path / "c.gpg")
    assert not (tmp_path / "p").exists()


KILLED_LAST = """
import os, signal
from iup.office.transfer import export
from iup.system import files
from tests.office.transfer.test_package import SMALL
export.gather = lambda *_: SMALL
files.publish_directory = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_package_is_whole_or_not_there_when_the_run_is_killed(small: Place, tmp_path: Path) -> None:
    target = tmp_path / "to" / "p"
    order = ("archive", "export", NOEL, "--to", str(target), "--as-of", DAY, "--site", str(small.site))
    assert preloaded.run(order, ROOT, os.environ, fault=KILLED_LAST)[0] == KILLED
    assert not target.exists()
    assert len(list(target.parent.iterdir())) == 1, "what was made lies beside"
    write(small, target)
    assert [path.name for path in target.parent.iterdir()] == ["p"], "and goes with the next run"
    assert len(entries(small)) == 4
    assert faults(small) == ""


def test_a_package_is_written_over_nothing_and_not_among_committed_files(small: Place, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("x", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty", target_is_directory=True)
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for name in ("full", "link", "file"):
        with pytest.raises(UsageError, match="finns redan"):
            write(small, tmp_path / name)
    shutil.copy(small.office / "keyhome" / "office.gpg", tmp_path / "c.gpg")
    with pytest.raises(UsageError, match="finns redan"):
        write(small, tmp_path / "file", tmp_path / "c.gpg")
    for inside in (small.site / "p", small.site / "content" / "p", small.office / "p"):
        with pytest.raises(RefusedError, match="klartext"):
            write(small, inside)
    assert len(entries(small)) == 2, "nothing more was told of"
    assert (tmp_path / "full" / "mine.txt").read_text("utf-8") == "x"
    (tmp_path / ".empty.iup-dead").mkdir()
    write(small, tmp_path / "empty")
    assert (tmp_path / "empty" / "bagit.txt").is_file()
    assert (tmp_path / "empty").stat().st_mode & 0o077 == 0
    assert not (tmp_path / ".empty.iup-dead").exists()
    with pytest.raises(UsageError, match="inget arkiv"):
        write_pupil(small, tmp_path / "p", SIBLING)


def write_pupil(place: Place, target: Path, pupil: str) -> None:
    with keyring.opened(place.office) as opened:
        export(open_site(place.site), opened, pupil, date.fromisoformat(DAY), target, None)


@pytest.mark.parametrize("step", ["write", "publish_directory", "packed"])
def test_a_full_disk_leaves_nothing(small: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    target, to = tmp_path / "to" / "p", None
    if step == "write":
        monkeypatch.setattr(Path, "write_bytes", full)
    elif step == "publish_directory":
        monkeypatch.setattr(os, "sync", full)
    else:
        monkeypatch.setattr(os, "fsync", full)
        shutil.copy(small.office / "keyhome" / "office.gpg", tmp_path / "c.gpg")
        to = tmp_path / "c.gpg"
        target.parent.mkdir()
    with pytest.raises(OutputError, match=os.strerror(errno.ENOSPC)):
        write(small, target, to)
    assert list(target.parent.iterdir()) == []
    assert list((small.office / ".git" / "iup-arbete").iterdir()) == [small.office / ".git" / "iup-arbete" / ".lock"]


def test_a_certificate_that_is_none_seals_nothing(small: Place, tmp_path: Path) -> None:
    (tmp_path / "c.gpg").write_bytes(b"not a key")
    with pytest.raises(SealError):
        write(small, tmp_path / "p", tmp_path / "c.gpg")
    with pytest.raises(UsageError):
        write(small, tmp_path / "p", tmp_path / "missing.gpg")
    assert not (tmp_path / "p").exists()
    assert len(entries(small)) == 2
