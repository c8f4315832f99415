"""The program of a former version, and a school that is laid out by it: what `make` runs commands on."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERSION, COMMIT = "0.1.0", "d2f1e07"
DAY, EPOCH = "2026-11-24", "1795514400"  # 11.00 on that day, in Sweden
PUPILS = ("a6n4x", "b3w8j", "c8f3t", "d4u7r", "g3k8s", "r9e2h", "w2g9n")


@dataclass(frozen=True)
class School:
    """A school on disk as the demonstration lays it out, and the program that it is made with."""

    root: Path
    program: Path

    @property
    def site(self) -> Path:
        return self.root / "site"

    @property
    def office(self) -> Path:
        return self.root / "office"

    @property
    def current(self) -> Path:
        return self.site / "output" / "current"

    def run(self, command: str, *arguments: str | Path, feed: str = "", ends: int = 0) -> str:
        """Run a command of the program and return what it says on standard output."""
        done = subprocess.run(
            [sys.executable, self.program / "build.py", *command.split(), *arguments, "--site", self.site],
            env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH},
            input=feed,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != ends:
            raise SystemExit(done.stdout + done.stderr)
        return done.stdout

    def today(self, command: str, *arguments: str | Path, feed: str = "", ends: int = 0) -> str:
        """Run a command that asks which day it is."""
        return self.run(command, *arguments, "--as-of", DAY, feed=feed, ends=ends)

    def built(self) -> dict[str, list[str]]:
        """Build, and return who got which files."""
        files: dict[str, list[str]] = json.loads(self.today("build", "--json"))["files"]
        return files


def tool(*arguments: str | Path, cwd: Path | None = None, feed: bytes = b"") -> bytes:
    """Run another program and return what it says."""
    done = subprocess.run([*map(str, arguments)], cwd=cwd, input=feed, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"{arguments[0]}: {done.stderr.decode(errors='replace')}")
    return done.stdout


# --- the program of that version, and a school of a few pupils


def program(at: Path) -> Path:
    """Lay out the program of the version, with an invented school of a few pupils."""
    at.mkdir()
    with tarfile.open(fileobj=io.BytesIO(tool("git", "archive", COMMIT, cwd=ROOT))) as archive:
        archive.extractall(at, filter="data")
    content = at / "content"
    for path in (content / "pupils").iterdir():
        if path.name not in PUPILS:
            shutil.rmtree(path)
    for path in (content / "schools").iterdir():
        path.write_text(_with_few(path.read_text("utf-8")), encoding="utf-8")
    said = "".join(
        path.read_text("utf-8") for folder in ("pupils", "schools") for path in content.glob(f"{folder}/**/*.yaml")
    )
    for path in (content / "people").iterdir():
        if path.stem not in said:
            certificate = re.search(r"certifikat: (\w+)", path.read_text("utf-8"))
            if certificate:
                (content / "keys" / f"{certificate[1]}.gpg").unlink()
            path.unlink()
    known = {path.stem for path in (content / "people").iterdir()}
    roster = content / "roster.yaml"
    rows = roster.read_text("utf-8").splitlines(keepends=True)
    gone = re.compile(r"  - \{person: (\w+),")
    kept = [row for row in rows if not (found := gone.match(row)) or found[1] in known]
    roster.write_text("".join(kept), encoding="utf-8")
    for path in (at / "tests" / "office" / "register").glob("*.yaml"):
        if path.stem not in {*known, *PUPILS}:
            path.unlink()
    return at


def _with_few(text: str) -> str:
    """Return a school's file with the pupils that are meant, and no teaching that is nobody's."""
    kept = []
    for row in text.splitlines(keepends=True):
        pupil = re.search(r"\{elev: (\w+)", row)
        only = re.search(r"endast: \[(\w+)\]", row)
        if (pupil and pupil[1] not in PUPILS) or (only and only[1] not in PUPILS):
            continue
        kept.append(re.sub(r", utom: \[(\w+)\]", lambda m: m[0] if m[1] in PUPILS else "", row))
    return "".join(kept)


def demonstration(root: Path, at: Path) -> School:
    """Make the school, built, with two earlier terms of the brother and the sister in its archive."""
    school = School(root, at)
    done = subprocess.run(
        [sys.executable, at / "build.py", "demo", root, "--terms", "3"],
        env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    for where in (school.site, school.office):
        tool("git", "config", "user.name", "Expeditionen", cwd=where)
        tool("git", "config", "user.email", "expeditionen@alvhamra.example", cwd=where)
    return school


def new_signing_key(school: School) -> str:
    """Renew the school's signing key, and return its fingerprint.

    The program's own keys run out after five years. So that the tests can sign for ever, a key without an end is laid
    where a run leaves its new key that is killed right after it was made; the command goes on from there.
    """
    aside = school.office / "keyhome" / "signing-new"
    aside.mkdir(mode=0o700)
    gpg: list[str | Path] = [
        "gpg",
        "--homedir",
        aside,
        "--batch",
        "--quiet",
        "--pinentry-mode",
        "loopback",
        "--passphrase",
        "",
    ]
    made = [
        "--faked-system-time",
        "20260801T120000",
        "--quick-generate-key",
        "TEST ONLY signing <signing@test.example>",
    ]
    tool(*gpg, *made, "ed25519", "sign", "never")
    listed = tool(*gpg, "--with-colons", "--list-keys").decode().splitlines()
    fingerprint = next(line.split(":")[9] for line in listed if line.startswith("fpr"))
    public = tool(*gpg, "--export", fingerprint)
    tool("gpgconf", "--homedir", aside, "--kill", "all")
    (aside / "pubring.kbx").unlink(missing_ok=True)
    (aside / "pubring.gpg").write_bytes(public)
    (aside / "fingerprint").write_text(f"{fingerprint}\n", encoding="ascii")
    school.run("keys new-signing")
    return fingerprint


def new_words(school: School, recipient: str) -> str:
    """Make new words for a recipient and return them, as the letter to them has them."""
    letter = school.today("keys new-passphrase", recipient)
    return next(line.strip() for line in letter.splitlines() if line.startswith("    "))
