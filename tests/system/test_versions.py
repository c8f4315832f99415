"""What must be installed is asked for at the start, in one line, before anything else can fail."""

from __future__ import annotations

import shutil
import sys
import tomllib
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from iup.errors import ExitCode, MissingError
from iup.system import versions
from tests.conftest import ROOT, iup

if TYPE_CHECKING:
    from pathlib import Path


def test_the_least_versions_are_those_of_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = dict(line.split(">=") if ">=" in line else (line, "") for line in project["dependencies"])
    assert {name: least for name, least in named.items() if least} == versions.LIBRARIES
    assert [name for name, least in named.items() if not least] == ["tzdata"], "data: whichever is there"
    assert project["requires-python"] == f">={'.'.join(map(str, versions.PYTHON))}"


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("70.0", (70, 0)), ("2.47.0.windows.1", (2, 47, 0)), ("0.5", (0, 5)), ("1.0rc1", (1, 0)), ("x", ()), ("", ())],
)
def test_versions_are_compared_by_their_numbers(version: str, numbers: tuple[int, ...]) -> None:
    assert versions.numbers(version) == numbers


def with_libraries(monkeypatch: pytest.MonkeyPatch, **found: str) -> None:
    """Have some libraries found in another version, or with none at all."""
    real = metadata.version

    def version(name: str) -> str:
        told = found.get(name.replace("-", "_"), real(name) if name != "gnupg" else "")
        if not told:
            raise metadata.PackageNotFoundError(name)
        return told

    monkeypatch.setattr(metadata, "version", version)


def test_what_is_installed_here_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with_libraries(monkeypatch)
    versions.require()


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({"weasyprint": "69.2"}, "biblioteket weasyprint är version 69.2, och minst 70 behövs"),
        ({"python_gnupg": "0.4.9"}, "biblioteket python-gnupg är version 0.4.9, och minst 0.5 behövs"),
        ({"pikepdf": ""}, "biblioteket pikepdf är inte installerat"),
        ({"gnupg": "2.3.1"}, "biblioteket gnupg är inte python-gnupg utan ett annat, nedlagt paket"),
    ],
    ids=str,
)
def test_a_library_that_will_not_do_is_named(
    monkeypatch: pytest.MonkeyPatch, found: dict[str, str], message: str
) -> None:
    with_libraries(monkeypatch, **found)
    with pytest.raises(MissingError) as refused:
        versions.require()
    assert refused.value.message == message
    assert refused.value.hint


def test_an_older_python_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 12, "final", 0))
    with pytest.raises(MissingError, match=r"^iup behöver Python 3\.11 eller nyare, och det här är 3\.10$"):
        versions.require()


def test_a_python_without_the_libraries_says_so_in_one_line_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.metadata as m\ndef version(name): raise m.PackageNotFoundError(name)\nm.version = version\n",
        encoding="utf-8",
    )
    done = iup("--version", env={"PYTHONPATH": str(tmp_path)})
    assert done.code == ExitCode.MISSING
    assert done.err.splitlines()[0] == "fel: biblioteket babel är inte installerat"
    assert "Traceback" not in done.err
    assert done.out == ""


@pytest.mark.parametrize(
    ("tool", "says", "told"),
    [
        ("git", "git version 2.20.1", "2.20.1, och minst 2.30"),
        ("git", "hej", "okänd, och minst 2.30"),
        ("gpg", "gpg (GnuPG) 2.2.27", "2.2.27, och minst 2.2.40"),
    ],
)
def test_a_program_that_is_too_old_is_not_used(tmp_path: Path, tool: str, says: str, told: str) -> None:
    for name in ("git", "gpg", "gpgconf"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    (tmp_path / tool).unlink()
    (tmp_path / tool).write_text(f"#!/bin/sh\necho '{says}'\n", encoding="ascii")
    (tmp_path / tool).chmod(0o755)
    done = iup("demo", tmp_path / "d", env={"PATH": str(tmp_path)})
    assert done.code == ExitCode.MISSING
    assert done.err.splitlines()[-2] == f"fel: programmet {tool} är version {told} behövs"
