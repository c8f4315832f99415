"""Make the kept site of version 0.1.0, by the public commands of its program.

Run once, by hand: python tests/kept/make.py WORKPLACE

Writes the directory named after the version, and nothing where that is there already. What it does is what people of a
school do; README.md tells what came of it, and what no command did.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
import tarfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.kept.people import by_key, decide, in_page, in_pdf, key_of, on_paper, refuse, taken_in
from tests.kept.school import VERSION, School, demonstration, new_signing_key, new_words, program, tool

PRINCIPAL = "h6d2q"
GONE = "c8f3t"  # is purged
KEPT = ("n9j3e", "q5m2a", "t3m8k", "x3f6t")  # on paper, by OpenPGP, of the staff, and with seven words


def page_of(school: School, files: list[str]) -> Path:
    """Return a recipient's page."""
    return school.current / next(name for name in files if ".html" in name)


def from_another_school(ours: School, work: Path) -> str:
    """Have another school, with the same invented pupils, make two packages; return its key."""
    shutil.copytree(ours.root, work / "sender", symlinks=True, ignore=shutil.ignore_patterns("S.*"))
    sender = School(work / "sender", ours.program)
    key = new_signing_key(sender)
    sender.today("share", "b3w8j", "r9e2h")
    sender.today("archive export", "r9e2h", "--to", work / "package")
    office = ours.office / "keyhome" / "office.gpg"
    sender.today("archive export", "b3w8j", "--to", work / "package.pgp", "--recipient", office)
    return key


def answered(school: School, words: dict[str, str], files: dict[str, list[str]], room: Path) -> None:
    """Take one page reply in, refuse another, and type in one that came on paper."""
    said: dict[str, str | bool] = {"fält/framåt_hemmet": "Vi läser kemin högt för varandra före proven.", "läst": True}
    made = in_page(page_of(school, files["x3f6t"]), words["x3f6t"], said)
    school.today("receive", "--accept", taken_in(school, room, "a.iup", made))
    made = in_page(page_of(school, files["p7n4s"]), words["p7n4s"], {"fält/framåt_hemmet": "Det här blev fel."})
    school.today("receive", "--refuse", taken_in(school, room, "b.iup", made))
    on_paper(school, "n9j3e", "d4u7r", {"läst": "x"})


def disclosed(school: School) -> None:
    """Take requests in: masked and handed out, refused, signed, begun, and one of which it is not clear whose."""
    new = "disclose new"
    school.run(new, "g3k8s", "--channel", "e-post", "--term", "HT 2025", "--arrived", "2026-11-23 09:15")
    school.run(new, "w2g9n", "--channel", "telefon", "--arrived", "2026-11-23 10:00")
    school.run(new, "d4u7r", "--channel", "besök", "--arrived", "2026-11-24 08:30")
    school.run(new, "a6n4x", "--channel", "brev", "--term", "VT 2026", "--arrived", "2026-11-24 09:00")
    school.run(new, "--channel", "annat", "--arrived", "2026-11-24 09:30")
    sentence = "Engelska: muntliga uppgifter i mindre grupp före redovisningen."
    decide(school, 1, {(0, "fält/insatser/1"): sentence, (0, "fält/vill_prata_om/1"): ""})
    refuse(school, 2)
    decide(school, 3, {(0, "fält/insatser/1"): "Engelska"})
    ring = school.root / "keyring"
    for number in ("1", "2", "3"):
        school.today("disclose check", number)
        key = key_of(school, PRINCIPAL)
        school.today("disclose sign", number, "--key", key, "--home", ring, "--yes")
    for number in ("1", "2"):
        school.today("disclose release", number)
    decide(school, 4, {(0, "fält/insatser/1"): "i liten grupp"}, left=("namn", "fält/framåt_hemmet/1"))
    school.today("disclose check", "4", ends=1)
    tool("gpgconf", "--homedir", ring, "--kill", "all")


def left_waiting(school: School, words: dict[str, str], files: dict[str, list[str]], room: Path, loose: Path) -> None:
    """Take two replies in that wait for a yes, and lay a filled PDF and a page reply aside that have not come yet."""
    said: dict[str, str | bool] = {"fält/framåt_hemmet": "Vi läser tillsammans tre kvällar i veckan.", "läst": True}
    taken_in(school, room, "c.iup", in_page(page_of(school, files["e5h7w"]), words["e5h7w"], said))
    said = {"nytt_mål": "Hålla en redovisning för klassen.", "läst": True}
    taken_in(
        school, room, "d.pgp", by_key(school, page_of(school, files["q5m2a"]).name, key_of(school, "q5m2a"), said, room)
    )
    sealed = (school.current / next(name for name in files["p7n4s"] if "-1.pdf" in name)).read_bytes()
    said = {"fält/framåt_hemmet": "Vi spelar schack på söndagar, och pratar om dragen.", "läst": True}
    (loose / "p7n4s.pdf").write_bytes(in_pdf(sealed, words["p7n4s"], said))
    said = {"fält/framåt_hemmet": "Vi har satt exempelpappret på kylskåpet.", "mål/m1/kommentar": "Det går bättre."}
    (loose / "f9w3c.iup").write_bytes(in_page(page_of(school, files["f9w3c"]), words["f9w3c"], said))


def pack(school: School, work: Path, kept: dict[str, list[str]], target: Path) -> None:
    """Write all of it as one archive: sorted, without times and owners, and of sealed files those of a few only."""
    mine = {name for names in kept.values() for name in names}
    stems = {name[:20] for name in mine}
    for where in (school.site, school.office):
        tool("git", "repack", "-a", "-d", "-q", cwd=where)
        tool("git", "pack-refs", "--all", cwd=where)
        shutil.rmtree(where / ".git" / "hooks", ignore_errors=True)

    def wanted(path: Path) -> bool:
        inside = path.relative_to(school.site / "output").parts if path.is_relative_to(school.site / "output") else ()
        sealed = len(inside) == 2 and re.match(r"[0-9a-f]{20}", path.name)
        sent = path.relative_to(work / "sent").parts if path.is_relative_to(work / "sent") else ()
        return (path.name in mine if sealed else True) and (sent[0] in stems if sent else True)

    roots = {name: school.root / name for name in ("site", "office")}
    roots |= {name: work / name for name in ("sent", "package", "loose")}
    with tarfile.open(target, "w:xz", preset=9) as archive:
        for name, root in roots.items():
            for path in sorted((root, *root.rglob("*"))):
                if path.is_socket() or path.name in {".lock", ".#lk"} or not wanted(path):
                    continue
                entry = archive.gettarinfo(path, str(Path(name) / path.relative_to(root)))
                entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname = 0, 0, 0, "", ""
                if entry.isfile():
                    archive.addfile(entry, io.BytesIO(path.read_bytes()))
                else:
                    archive.addfile(entry)


def index(words: dict[str, str], files: dict[str, list[str]], key: str) -> str:
    """Return what the tests have to know: whose files are kept, their words, and the other school's key."""
    rows = [
        f'sender = "{key}"',
        "",
        "[words]",
        *(f'{who} = "{said}"' for who, said in sorted(words.items())),
        "",
        "[files]",
    ]
    rows += [f"{who} = {json.dumps(names)}" for who, names in sorted(files.items())]
    return "\n".join(rows) + "\n"


def main() -> None:
    """Make the school, let it live through a term, and keep it."""
    target, work = Path(__file__).parent / VERSION, Path(sys.argv[1])
    target.mkdir()
    for name in ("room", "loose"):
        (work / name).mkdir(parents=True)
    ours = demonstration(work / "ours", program(work / "program"))
    key = from_another_school(ours, work)
    words = {who: new_words(ours, who) for who in ("e5h7w", "f9w3c", "p7n4s", "x3f6t")}
    ours.today("archive import", work / "package.pgp", "--key", key)
    ours.today("finalise", GONE, "--term", "HT 2026", "--yes")
    files = ours.built()
    ours.today("deliver", work / "sent")
    answered(ours, words, files, work / "room")
    new_signing_key(ours)
    ours.built()
    ours.today("deliver", work / "sent")
    ours.today("retain purge", GONE, "--decision", "BUN 2031/0007", "--execute")
    files = ours.built()
    ours.today("deliver", work / "sent")
    ours.today("retain hold add", "w2g9n", "--reason", "tillsyn")
    ours.today("retain hold add", "d4u7r", "--reason", "forskning")
    ours.today("retain hold release", "2")
    disclosed(ours)
    left_waiting(ours, words, files, work / "room", work / "loose")
    kept = {who: files[who] for who in KEPT}
    pack(ours, work, kept, target / "school.tar.xz")
    (target / "index.toml").write_text(index(words, kept, key), encoding="utf-8")


if __name__ == "__main__":
    main()
