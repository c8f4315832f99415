"""What `receive` takes in carries the office's signature, and comes in at the server's door with it alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.conftest import DAY, Place, iup, own_copy
from tests.support.receiving import accept, configure, home, put, waiting
from tests.support.repository import EMAILS, OFFICE, PLAN, clerk, git, refusals, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JENNY = "e5h7w"
HERS = "fält/framåt_hemmet"


@pytest.fixture
def site(small: Place, tmp_path: Path) -> Iterator[Place]:
    """Return a built class whose git says that the office's clerk works there, with a server that has a hook."""
    with own_copy(small, tmp_path) as place:
        configure(place)
        git(place.site, "config", "user.email", EMAILS[OFFICE].split(",")[0])
        yield place


def received(site: Place, where: Path, text: str = "Vi läser varje kväll nu.", *more: str, hour: int = 10) -> None:
    made = home(site, JENNY).reply({HERS: text}, made=f"{DAY}T{hour}:00:00Z")
    (reply,) = waiting(site, put(where, a_iup=made))
    done = site.run("receive", "--accept", reply["id"], *more)
    assert done.code == 0, done.err


@pytest.mark.parametrize("receiver", [(), ("--as", OFFICE)])
def test_a_reply_that_is_received_comes_in_and_one_that_was_altered_does_not(
    site: Place, tmp_path: Path, receiver: tuple[str, ...]
) -> None:
    served(site)
    received(site, tmp_path, "Vi läser varje kväll nu.", *receiver)
    message = git(site.site, "log", "-1", "--format=%B").out
    assert [line.split(":")[0] for line in message.splitlines()[2:]][:6] == [
        *("Svar-Id", "Svar-Avsändare", "Svar-Kanal", "Svar-Mottagare", "Svar-Dag", "Svar-Underskrift")
    ]
    before = git(site.site, "rev-parse", "HEAD").out.strip()
    clerk(site).edit(PLAN, ("Vi läser varje kväll nu.", "Vi läser aldrig."))
    clerk(site).git("commit", "--quiet", "--amend", "--all", "--no-edit", "--no-verify")
    assert [rule for _, rule in refusals(clerk(site).push())] == ["kontorets-underskrift"]
    git(site.site, "reset", "--quiet", "--hard", before)
    done = clerk(site).push()
    assert done.code == 0, done.err


def test_without_the_key_in_the_teachers_repository_nothing_is_taken_in(site: Place, tmp_path: Path) -> None:
    for path in (site.site / "content" / "office").iterdir():
        path.unlink()
    site.commit()
    server = served(site)
    (reply,) = waiting(site, put(tmp_path, a_iup=home(site, JENNY).reply({HERS: "Vi läser nu."})))
    before = git(site.site, "rev-parse", "HEAD").out
    done = accept(site, reply["id"])
    assert done.code == 3, done.err
    assert "keys publish-signing" in done.err
    assert git(site.site, "rev-parse", "HEAD").out == before
    assert len(waiting(site)) == 1, "it waits as before"

    published = iup("keys", "publish-signing", "--site", site.site, "--as-of", DAY)
    assert published.code == 0, published.err
    done = clerk(site).push()
    assert done.code == 0, done.err
    assert accept(site, reply["id"]).code == 0
    done = clerk(site).push()
    assert done.code == 0, done.err
    again = iup("keys", "publish-signing", "--site", site.site, "--as-of", DAY)
    assert (again.code, "redan" in again.err) == (0, True)
    assert server.tip() == git(site.site, "rev-parse", "HEAD").out.strip()


def test_replies_from_before_and_after_a_change_of_key_come_in(site: Place, tmp_path: Path) -> None:
    server = served(site)
    received(site, tmp_path, "Med den gamla.")
    done = iup("keys", "new-signing", "--site", site.site, "--as-of", DAY)
    assert done.code == 0, done.err
    received(site, tmp_path, "Med den nya.", hour=11)
    key = git(site.site, "rev-parse", "HEAD^").out.strip()
    assert [rule for _, rule in refusals(clerk(site).push())] == ["kontorets-underskrift"], "the key comes first"
    done = clerk(site).push(f"{key}:main")
    assert done.code == 0, done.err
    done = clerk(site).push()
    assert done.code == 0, done.err
    assert "Med den nya." in git(server.path, "show", f"main:{PLAN}").out
    assert iup("check", "--site", site.site, "--as-of", DAY).code == 0
    listed = (site.site / "content" / "office" / "signing.yaml").read_text("utf-8")
    assert re.findall(r"från: ([^,}]+)(?:, till: ([^}]+))?", listed) == [("2026-08-01", DAY), (DAY, "")]


def test_a_trim_forgets_no_reply(site: Place, tmp_path: Path) -> None:
    received(site, tmp_path)
    reply = git(site.site, "format-patch", "-1", "--stdout").out
    git(site.site, "revert", "--no-edit", "HEAD")
    done = iup("retain", "trim", "--execute", "--site", site.site)
    assert done.code == 0, done.err
    assert git(site.site, "rev-list", "--count", "HEAD").out == "1\n"
    assert git(site.site, "status", "--short").out == ""
    assert iup("check", "--site", site.site, "--as-of", DAY).code == 0
    served(site)
    git(site.site, "am", "--quiet", feed=reply.encode())
    assert [rule for _, rule in refusals(clerk(site).push())] == ["redan-infört"]
