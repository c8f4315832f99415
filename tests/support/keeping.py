"""A kept school of a former version, unpacked: its commands, its files opened, and the words that they say."""

from __future__ import annotations

import html
import io
import re
import tarfile
import tomllib
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from iup.cli import main as cli
from tests.conftest import DAY, ROOT, Done, Place, iup
from tests.support import outside
from tests.support.repository import git
from tests.support.sealing import gpg, pdf_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

VERSION = "0.1.0"
KEPT = ROOT / "tests" / "kept" / VERSION
MOMENT = {"SOURCE_DATE_EPOCH": "1795514400"}  # 11.00 on the school's day, in Sweden
_SOFT = re.compile("\u00ad")
_NOT_SHOWN = re.compile(r"<(style|script|svg)\b.*?</\1>|<!--.*?-->", re.DOTALL)
_MARK = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b|\b[0-9a-f]{8}\b")


@dataclass(frozen=True)
class Kept(Place):
    """A kept school: beside site and office what was sent, another school's package, and replies still to come."""

    def say(self, command: str, *arguments: str | Path, day: str = DAY, ends: int = 0) -> Done:
        """Run a command on it, in a process of its own; `day` is empty where the command does not ask for one."""
        done = iup(*command.split(), *arguments, *self._where(day), env=MOMENT)
        assert done.code == ends, (command, done.out, done.err)
        return done

    def ask(self, command: str, *arguments: str | Path, day: str = DAY) -> Done:
        """Run a command that changes nothing, in this process: many of them are quick."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = cli.main([*command.split(), *map(str, arguments), *map(str, self._where(day))])
        return Done(code, out.getvalue(), err.getvalue())

    def _where(self, day: str) -> tuple[str | Path, ...]:
        return ("--site", self.site, *(("--as-of", day) if day else ()))

    def own(self, root: Path) -> Kept:
        """Return a copy that a test may change."""
        self.copied(root)
        return Kept(root)


def index() -> dict[str, Any]:
    """Return what has to be known of the kept school: words, whose files are there, the other school's key."""
    return tomllib.loads((KEPT / "index.toml").read_text("utf-8"))


def unpack(root: Path) -> None:
    """Lay a kept school out in a directory, with a GnuPG home that has every invented person's key and the school's."""
    with tarfile.open(KEPT / "school.tar.xz") as archive:
        archive.extractall(root, filter="data")
    place = Place(root)
    place.keyring.mkdir(mode=0o700)
    for home in (root, *root.rglob("keyhome"), *root.glob("office/keyhome/*/")):
        home.chmod(0o700)
    school = sorted(root.glob("sent/*/skolans-nyckel.asc"))[:1]  # as everybody gets it
    gpg(place.keyring, "--import", *sorted((ROOT / "tests" / "keys").glob("*.asc")), *school)
    place.end_agents()


# --- what a file says


def words(text: str) -> str:
    """Return a page's words, one sentence or heading a line, whatever it looks like."""
    shown = _NOT_SHOWN.sub("", text.partition("</head>")[2] or text)
    shown = re.sub(r"</(p|li|h\d|td|th|dt|dd|div|section|caption|figcaption|legend|label|option|summary)>", "\n", shown)
    return flowed(html.unescape(re.sub(r"<[^>]+>", " ", shown)))


def flowed(text: str) -> str:
    """Return text without soft hyphens, doubled spaces and empty lines."""
    lines = (" ".join(line.split()) for line in _SOFT.sub("", text).splitlines())
    return "\n".join(line for line in lines if line) + "\n"


def without_marks(text: str) -> str:
    """Return text without its version marks: what is made anew may have others."""
    return _MARK.sub("XXXX-XXXX", text)


def opened(kept: Kept, name: str, said: str, room: Path) -> str:
    """Return the words of a sealed file: by gpg and poppler, and a page by the program that made it or a later one."""
    file = kept.current / name
    if name.endswith(".pgp"):
        plain, _ = outside.decrypted(kept, file)
        return words(plain.decode()) if ".html" in name else flowed(pdf_text(plain))
    if name.endswith(".pdf"):
        return flowed(pdf_text(file.read_bytes(), said))
    phrase, page = room / "words", room / "page.html"
    phrase.write_text(said, encoding="ascii")
    out = io.StringIO()
    with redirect_stderr(out):
        code = cli.main(["unseal", str(file), "--passphrase-file", str(phrase), "--to", str(page)])
    assert code == 0, out.getvalue()
    return words(page.read_text("utf-8"))


def vocabulary(text: str) -> str:
    """Return the words of a PDF, each once and sorted: pages and lines may break elsewhere when it is set anew."""
    joined = re.sub(r"[-\u2010]\n", "", without_marks(text))
    return "\n".join(sorted({word for word in joined.split() if not word.strip("()").isdigit()})) + "\n"


# --- a decision, filled in as a principal does in an editor


def decide(kept: Kept, number: int, places: Mapping[str, Mapping[str, Any]] | None = None) -> None:
    """Decide all that a request leaves open: as `places` says, and else it is kept as it is."""
    path = kept.office / "requests" / str(number) / "decision.yaml"
    proposed = dict(_proposals(kept.say("disclose review", str(number)).out.splitlines()))
    written = yaml.safe_load(path.read_text("utf-8"))
    for term in written["terminer"]:
        for key, place in term["platser"].items():
            if place["val"] != "obeslutad":
                continue
            place.update((places or {}).get(key) or {"val": "behåll"})
            if proposed[key]:
                place["granskat"] = proposed[key]
    path.write_text(yaml.safe_dump(written, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _proposals(lines: Iterable[str]) -> Iterable[tuple[str, list[str]]]:
    found: list[str] = []
    for line in lines:
        if place := re.match(r"(\S+) · .* \[[^]]+\]$", line):
            found = []
            yield place[1], found
        elif proposal := re.match(r"    \? ([^:]+): ", line):
            found.append(proposal[1])


def released(kept: Kept, number: int, signer: str) -> str:
    """Have a decision checked, signed and handed out; return the words of the masked copy."""
    person = (kept.site / "content" / "people" / f"{signer}.yaml").read_text("utf-8")
    key = next(line.split(":")[1].strip() for line in person.splitlines() if "certifikat:" in line)
    kept.say("disclose check", str(number))
    kept.say("disclose sign", str(number), "--key", key, "--home", kept.keyring, "--yes")
    return handed_out(kept, number)


def handed_out(kept: Kept, number: int) -> str:
    """Hand a signed decision out, and return the words of the masked copy."""
    kept.say("disclose release", str(number))
    return copy_of(kept, number)


def copy_of(kept: Kept, number: int) -> str:
    """Return the words of the masked copy that was handed out."""
    return flowed(pdf_text((kept.office / "requests" / str(number) / "released" / "copy.pdf").read_bytes()))


def changes(kept: Kept, since: str) -> str:
    """Return what was changed in the teachers' files since a commit: message and lines, each commit by itself.

    Without the lines that a later version adds to the message: the day, and the office's signature.
    """
    told = git(kept.site, "log", "--reverse", "--patch", "--format=%B", "--unified=0", f"{since}..HEAD").out
    return re.sub(r"^Svar-(Dag|Underskrift): .*\n", "", told, flags=re.MULTILINE)


def told_of(place: str, text: str) -> str:
    """Return what a command says without the directory that it was run in."""
    return text.replace(place, "…")
