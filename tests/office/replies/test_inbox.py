"""Everything that comes to an inbox is found and named: as many pieces come out as lie there, and none is untold."""

from __future__ import annotations

import base64
import zipfile
from email.message import EmailMessage
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from iup.office.replies import containers
from iup.office.replies.inbox import InboxItem, SkippedInput, pieces
from iup.seal import reply as reply_file
from tests.conftest import own_copy
from tests.support.receiving import accept, configure, home, put, waiting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Place

JENNY = "e5h7w"
HERS = "fält/framåt_hemmet"
KEY, STEM = bytes(32), "0" * 20
PICTURE = b"\xff\xd8\xff\xe0 a picture"
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
TNEF = b"\x78\x9f\x3e\x22\x01\0"
PDF = b"%PDF-1.7\n1 0 obj\n%%EOF"
SAID = "Jag har läst planen.\n"


def svar(number: int = 1) -> bytes:
    return reply_file.seal(b"{} %d" % number, KEY, STEM, bytes(11) + bytes([number]))


def letter(text: str = SAID, **attached: bytes) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["Subject"], made["Message-ID"] = "Anna Holm <anna@test.example>", "Svar", "<1@test.example>"
    made["Date"] = "Mon, 23 Nov 2026 18:04:00 +0100"
    made.set_content(text)
    for name, data in attached.items():
        file = name.replace("_", ".")
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=file)
    return made


def packed(**members: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, data in members.items():
            made.writestr(name.replace("__", "/").replace("_", "."), data)
    return out.getvalue()


def document() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("word/document.xml", "<w/>")
    return out.getvalue()


def forwarded(times: int) -> bytes:
    made = letter("Se nedan", svar_iup=svar())
    for _ in range(times):
        outer = EmailMessage()
        outer["From"], outer["Subject"] = "skolan@test.example", "VB: Svar"
        outer.set_content("Vidarebefordrat.")
        outer.add_attachment(made)
        made = outer
    return made.as_bytes()


def in_base64() -> bytes:
    """Return a mail with a mail in it written in base64, which some programs do against the standard."""
    inner = base64.encodebytes(letter(svar_iup=svar()).as_bytes())
    head = b"From: a@test.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n"
    return head + b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + inner + b"\n--x--\n"


def mailbox() -> bytes:
    lines = b"From anna@test.example Mon Nov 23 18:04:00 2026\n"
    letters = [letter(f"Hej!\n\nFrom now on we read every day.\n{number}\n").as_bytes() for number in range(4)]
    return b"\n".join(lines + one for one in [*letters, letter(svar_iup=svar()).as_bytes()])


def emlx() -> bytes:
    data = letter(svar_iup=svar()).as_bytes()
    return f"{len(data)}      \n".encode() + data + b'<?xml version="1.0"?><plist/>'


def page_in_mail() -> bytes:
    made = EmailMessage()
    made["From"] = "a@test.example"
    made.set_content(
        "<html><head><style>p {}</style></head><body><p>Hej &amp; tack</p><p>Vi ses</p></body></html>", "html"
    )
    return made.as_bytes()


# What lies in the inbox, and what is found: replies (None), and the kinds of the rest.
CASES: dict[str, tuple[bytes, list[str | None]]] = {
    "reply": (svar(), [None]),
    "reply, CR LF": (svar().replace(b"\n", b"\r\n"), [None]),
    "reply, a mark first": (b"\xef\xbb\xbf" + svar(), [None]),
    "armour after a line": (b"\n-----BEGIN PGP MESSAGE-----\n\nx", [None]),
    "pdf": (PDF, [None]),
    "pdf after 1000 bytes": (b"x" * 1000 + PDF, [None]),
    "json": (b'{"v":1,"id":"x"}', [None]),
    "jpeg": (PICTURE, ["bild"]),
    "png": (b"\x89PNG\r\n\x1a\n", ["bild"]),
    "heic": (HEIC, ["bild"]),
    "winmail.dat": (TNEF, ["winmail.dat"]),
    "msg": (OLE, ["outlookfil"]),
    "docx": (document(), ["dokument"]),
    "odt": (packed(mimetype=b"application/vnd.oasis.opendocument.text"), ["dokument"]),
    "rtf": (b"{\\rtf1 hej}", ["dokument"]),
    "rar": (b"Rar!\x1a\x07", ["packad fil"]),
    "text": (b"Vi kommer!", ["annan fil"]),
    "empty": (b" \n", ["är tom"]),
    "zip": (packed(a_iup=svar(1), mapp__b_iup=svar(2), c_jpg=PICTURE), [None, None, "bild"]),
    "zip in zip": (packed(a_zip=packed(b_iup=svar())), [None]),
    "zip, damaged": (packed(a_iup=svar())[:40], ["packad fil"]),
    "mail with a text": (letter().as_bytes(), ["brev"]),
    "mail with a reply": (letter("", svar_iup=svar()).as_bytes(), [None]),
    "mail with both": (letter(svar_iup=svar()).as_bytes(), [None, "brev"]),
    "mail with pictures": (letter("", a_jpg=PICTURE, b_heic=HEIC).as_bytes(), ["brev"]),
    "mail with a mail as a file": (letter("", brev_eml=letter(svar_iup=svar()).as_bytes()).as_bytes(), [None, "brev"]),
    "mail with a zip": (letter("", a_zip=packed(a_iup=svar())).as_bytes(), [None]),
    "page in a mail": (page_in_mail(), ["brev"]),
    "forwarded four deep": (forwarded(4), [None, "brev"]),
    "base64 mail": (in_base64(), [None, "brev"]),
    "mbox": (mailbox(), ["brev", "brev", "brev", "brev", None, "brev"]),
    "emlx": (emlx(), [None, "brev"]),
}


@pytest.mark.parametrize("name", CASES)
def test_each_thing_is_found_and_named(name: str, tmp_path: Path) -> None:
    data, expected = CASES[name]
    (tmp_path / "sak").write_bytes(data)
    found = list(pieces([tmp_path]))
    told = [one.why if isinstance(one, SkippedInput) else one.kind and one.kind.value for one in found]
    assert told == expected
    for one in found:
        if isinstance(one, InboxItem) and one.kind is None and b"iup" in one.data:
            assert one.data.lstrip(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").strip() in {
                svar(1).strip(),
                svar(2).strip(),
            }


def test_nothing_that_somebody_wrote_in_a_mail_is_lost() -> None:
    parsed = containers.mail(forwarded(4))
    assert parsed is not None
    assert parsed.text.count("Vidarebefordrat.") == 4
    assert "Se nedan" in parsed.text
    page = containers.mail(page_in_mail())
    assert page is not None
    assert page.text == "Hej & tack\nVi ses"
    named = containers.mail(letter(svar_iup=svar()).as_bytes())
    assert named is not None
    assert (named.claimed, named.sent) == ("Anna Holm <anna@test.example>", "2026-11-23 18:04")


def test_a_reply_file_that_was_wrapped_on_the_way_opens() -> None:
    first, second, _ = svar().split(b"\n")
    wrapped = b"\r\n".join([first, *(second[at : at + 76] for at in range(0, len(second), 76)), b""])
    for data in (wrapped, b"\xef\xbb\xbf" + wrapped, svar().rstrip(), b"\n" + svar()):
        assert reply_file.is_reply(data)
        assert reply_file.unseal(data, KEY) == b"{} 1"


def test_a_name_that_nobody_can_keep_stops_nothing(site: Place, tmp_path: Path) -> None:
    names = ("rad\nett \x1b[2J\u202e.jpg", "å" * 120 + ".jpg", "a" + "\u0301" * 40 + ".jpg")
    (tmp_path / "in").mkdir()
    for number, name in enumerate(names):
        (tmp_path / "in" / name).write_bytes(PICTURE + bytes([number]))
    done = site.run("receive", tmp_path / "in", "--list")
    assert done.code == 0, done.err
    assert "3 nya" in done.err
    assert "\x1b" not in done.out + done.err


def test_a_bomb_is_kept_and_not_unpacked(tmp_path: Path) -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.iup", b"\0" * (containers.MAX_BYTES + 1))
    (tmp_path / "a.zip").write_bytes(out.getvalue())
    (one,) = pieces([tmp_path])
    assert isinstance(one, InboxItem)
    assert one.kind == "packad fil"


@pytest.fixture
def site(small: Place, tmp_path: Path) -> Iterator[Place]:
    with own_copy(small, tmp_path) as place:
        configure(place)
        yield place


def test_what_is_no_reply_is_kept_shown_and_handled(site: Place, tmp_path: Path) -> None:
    jenny = home(site, JENNY)
    inbox = put(
        tmp_path,
        a_eml=letter("Ring mig är du snäll.\n\x1b[2JFalskt", svar_iup=jenny.reply({HERS: "Vi läser."})).as_bytes(),
        b_jpg=PICTURE,
    )
    done = site.run("receive", inbox, "--list")
    assert done.code == 0, "a letter is no alarm"
    assert "3 nya" in done.err
    assert "1 svar och 2 annat som någon behöver läsa väntar" in done.err
    assert "obekräftat: Anna Holm" in done.out
    assert "Ring mig" not in done.out + done.err
    told = {one.get("kind"): one for one in waiting(site)}
    assert (told["bild"]["file"], told["brev"]["sent"]) == ("b.jpg", "2026-11-23 18:04")
    shown = site.run("receive", "--show", told["brev"]["id"])
    assert "| Ring mig är du snäll." in shown.out
    assert "\x1b" not in shown.out
    refused = accept(site, told["bild"]["id"])
    assert refused.code == 4
    assert "receive --type-in" in refused.err
    assert accept(site, "alla").code == 0
    assert site.run("receive", "--handled", told["brev"]["id"], "--handled", told["bild"]["id"]).code == 0
    assert waiting(site) == []
    assert (site.office / "replies" / told["bild"]["id"] / "original.pgp").is_file()
    again = site.run("receive", inbox, "--list")
    assert "0 nya, 3 fanns redan" in again.err
    assert waiting(site) == []
