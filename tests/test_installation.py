"""The installation: nothing is fetched that is not locked, nothing is built, and nothing that is locked speaks HTTP.

No network: `make` installs invented packages from a directory, by the lines of our own Makefile.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import tarfile
import tomllib
import zipfile
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from iup.system.versions import LIBRARIES
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LOCKS = ("requirements.txt", "requirements-dev.txt")
# A program that goes by files has no use for any of these.
NETWORK = {"aiohttp", "certifi", "httpcore", "httpx", "pycurl", "requests", "urllib3", "websockets"}
NAME = "iup-nowheel"
META = f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1\n"


def locked(lock: str) -> dict[str, str]:
    """Return the packages of a lock file, each with all that stands with it."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / lock).read_text("utf-8"), flags=re.MULTILINE)
    return {part.partition("==")[0]: part for part in re.split(r"\n(?=\S)", text.strip())}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_locked_to_one_version_with_its_hashes_and_to_no_address(lock: str) -> None:
    packages = locked(lock)
    assert len(packages) > 20
    for name, said in packages.items():
        first, *hashes = (line.removesuffix("\\").strip() for line in said.splitlines())
        assert re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*(?: ; .+)?", first), name
        assert hashes, name
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", line) for line in hashes), name
    assert "://" not in (ROOT / lock).read_text("utf-8")


def test_what_the_program_asks_for_is_locked_and_no_more_is_asked_for_than_it_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = {re.split(r"[>=<]", line)[0].replace(".", "-") for line in project["dependencies"]}
    assert asked <= locked("requirements.txt").keys()
    assert {name.replace(".", "-") for name in LIBRARIES} == asked - {"tzdata"}


def test_the_program_brings_no_network_client() -> None:
    assert locked("requirements.txt").keys() & NETWORK == set()


def test_what_is_installed_here_is_what_is_locked() -> None:
    locks = {**locked("requirements-dev.txt"), **locked("requirements.txt")}
    for name, said in locks.items():
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            assert " ; " in said.splitlines()[0], f"{name} is for every machine, and not here"
            continue
        assert said.startswith(f"{name}=={found}"), name


def test_make_installs_only_locked_wheels_and_makes_lock_files_of_nothing_else() -> None:
    run = ["make", "--dry-run", "--always-make", ".venv/.runtime", ".venv/.dev", "lock"]
    shown = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    fetching = [line for line in shown.splitlines() if re.search(r"-m (?:pip|uv) ", line)]
    assert len(fetching) == 4
    for line in fetching:
        assert " --only-binary :all: " in line
        assert "-m uv pip compile" in line or " install -qq --require-hashes " in line


# --- in a directory of its own, with an invented package


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Python whose virtual environments are copies of one: pip's own installation takes most of the time."""
    real, folder = shutil.which("python3"), tmp_path_factory.mktemp("python")
    subprocess.run([str(real), "-m", "venv", folder / "venv"], check=True)
    copying = f'[ "$*" != "-m venv --clear .venv" ] || exec cp -a {folder}/venv .venv'
    (folder / "python").write_text(f'#!/bin/sh\n{copying}\nexec {real} "$@"\n', encoding="utf-8")
    (folder / "python").chmod(0o755)
    return folder / "python"


@pytest.fixture
def made(tmp_path: Path, python: Path) -> Path:
    """Return a copy of the Makefile beside a directory of packages, with the machine's needs met."""
    text = (ROOT / "Makefile").read_text("utf-8").replace("PYTHON ?= python3", f"PYTHON ?= {python}")
    (tmp_path / "Makefile").write_text(text.replace("| demo-system", ""), encoding="utf-8")
    (tmp_path / "packages").mkdir()
    return tmp_path


def installed(where: Path, *locks: bytes) -> subprocess.CompletedProcess[str]:
    hashes = " ".join(f"--hash=sha256:{hashlib.sha256(data).hexdigest()}" for data in locks)
    (where / "requirements.txt").write_text(f"{NAME}==1 {hashes}\n", encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "MAKE", "MFLAGS"))}
    env |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(where / "packages"), "PIP_CONFIG_FILE": os.devnull}
    return subprocess.run(["make", ".venv/.runtime"], cwd=where, env=env, capture_output=True, text=True, check=False)


def wheel(where: Path) -> bytes:
    out = io.BytesIO()
    folder = f"{NAME.replace('-', '_')}-1.dist-info"
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(f"{folder}/METADATA", META)
        packed.writestr(
            f"{folder}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        packed.writestr(f"{folder}/RECORD", "")
    (where / "packages" / "iup_nowheel-1-py3-none-any.whl").write_bytes(out.getvalue())
    return out.getvalue()


def source(where: Path) -> bytes:
    """Lay a package as source, which needs nothing to be built and tells when it is."""
    out = io.BytesIO()
    told = f"open({str(where / 'built')!r}, 'w')\n"
    how = '[build-system]\nrequires = []\nbuild-backend = "told"\nbackend-path = ["."]\n'
    with tarfile.open(fileobj=out, mode="w:gz") as packed:
        for name, text in (("told.py", told), ("pyproject.toml", how), ("PKG-INFO", META)):
            entry = tarfile.TarInfo(f"{NAME}-1/{name}")
            entry.size = len(text.encode())
            packed.addfile(entry, io.BytesIO(text.encode()))
    (where / "packages" / f"{NAME}-1.tar.gz").write_bytes(out.getvalue())
    return out.getvalue()


def test_a_locked_wheel_is_installed(made: Path) -> None:
    done = installed(made, source(made), wheel(made))
    assert done.returncode == 0, done.stderr
    assert (made / ".venv" / ".runtime").exists()
    assert not (made / "built").exists()


def test_a_package_that_comes_as_source_only_stops_the_installation(made: Path) -> None:
    done = installed(made, source(made))
    assert done.returncode != 0
    assert "gick inte att installera" in done.stderr
    assert not (made / "built").exists(), "nothing of it was run"
    assert not (made / ".venv" / ".runtime").exists()


def test_a_wheel_that_is_not_the_locked_one_stops_the_installation(made: Path) -> None:
    wheel(made)
    done = installed(made, b"another")
    assert done.returncode != 0
    assert not (made / ".venv" / ".runtime").exists()
    shutil.rmtree(made / ".venv")
