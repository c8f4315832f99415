"""`receive`: a reply's time is a real one in plain digits, and a device with a wrong clock shuts nobody out."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from iup.model.reply import ReceivedReply
from iup.office.replies import reply_time
from iup.site import strict_yaml
from tests.conftest import own_copy
from tests.support.receiving import configure, home, put
from tests.support.repository import git

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Done, Place

JENNY, NOEL = "e5h7w", "a6n4x"
HERS = "fält/framåt_hemmet"
EPOCH = 1795600800  # 2026-11-25 10:00 in UTC, the day after the documents were made
NOW = "2026-11-25T10:00:00Z"


@pytest.fixture
def site(small: Place, tmp_path: Path) -> Iterator[Place]:
    """Return a built class whose git says who receives."""
    with own_copy(small, tmp_path) as place:
        configure(place)
        yield place


def receive(site: Place, *arguments: str | Path, minutes: int = 0) -> Done:
    """Run `receive` so many minutes after the moment that all of this happens around."""
    done = site.run("receive", *arguments, env={"SOURCE_DATE_EPOCH": str(EPOCH + 60 * minutes)})
    assert "Traceback" not in done.err
    return done


def taken_in(site: Place, inbox: Path, minutes: int = 0) -> tuple[dict[str, Any], Done]:
    """Take in the newest reply of an inbox as a person does who looks at nothing; return it and what was said."""
    listed = receive(site, inbox, "--json", minutes=minutes)
    (reply,) = json.loads(listed.out)
    reply["told"] = "klocka går fel" in listed.err
    return reply, receive(site, "--accept", "alla", minutes=minutes)


def written(site: Place) -> str:
    plan = strict_yaml.parse((site.site / f"content/pupils/{NOEL}/plan.yaml").read_bytes())
    return str(plan["fält"]["framåt_hemmet"]["text"]).strip()


def kept(site: Place, reply: dict[str, Any]) -> dict[str, Any]:
    return strict_yaml.parse((site.office / "replies" / reply["id"] / "reply.yaml").read_bytes())


WRONG = [
    "1970-01-01T00:03:11.000Z",
    "2027-11-25T10:00:00.000Z",
    "+012026-11-25T10:00:00.000Z",
    "-000001-01-01T00:00:00Z",
]


def test_a_right_clock_is_not_mentioned(site: Place, tmp_path: Path) -> None:
    reply, done = taken_in(site, put(tmp_path, a_iup=home(site, JENNY).reply({HERS: "Bra"}, made=NOW)))
    assert not reply["told"]
    assert "klocka" not in done.err
    assert kept(site, reply)["gjort"] == NOW
    assert "klocka" not in kept(site, reply)


@pytest.mark.parametrize("clock", WRONG)
def test_a_reply_with_a_wrong_clock_comes_in_and_is_told_and_the_next_ones_come_in_too(
    site: Place, tmp_path: Path, clock: str
) -> None:
    jenny = home(site, JENNY)
    later = ("2026-11-25T10:05:00Z", clock.replace("00:0", "00:1").replace("10:00", "10:10"))
    for minutes, made in enumerate((clock, *later)):
        data = jenny.reply({HERS: f"Svar {minutes}"}, made=made)
        reply, done = taken_in(site, put(tmp_path, a_iup=data), minutes=10 * minutes)
        assert done.code == 0, done.err
        assert written(site) == f"Svar {minutes}", done.err
        if made == clock:
            assert reply["told"]
            assert "klocka går fel" in done.err
            record = kept(site, reply)
            assert (record["gjort"], record["klocka"]) == (NOW, clock), "the arrival counts"


def test_an_older_reply_is_for_a_person_to_decide(site: Place, tmp_path: Path) -> None:
    jenny = home(site, JENNY)
    taken_in(site, put(tmp_path, a_iup=jenny.reply({HERS: "Sedan"}, made="2026-11-25T09:00:00Z")))
    reply, _ = taken_in(site, put(tmp_path, a_iup=jenny.reply({HERS: "Först"}, made="2026-11-25T08:00:00Z")), minutes=5)
    assert reply["values"][0]["reason"] == "ett senare svar i samma fält är redan infört"
    assert written(site) == "Sedan", "nobody has looked at it yet"
    assert receive(site, "--accept", reply["id"], "--replace", HERS).code == 0
    assert written(site) == "Först"


UNREAL = [
    "2026-11-31T10:00:00Z",
    "2026-02-29T10:00:00Z",
    "2026-13-01T10:00:00Z",
    "2026-11-25T24:00:00Z",
    "2026-11-25T10:60:00Z",
    "2026-11-25T10:00:60Z",
    "+012026-02-29T10:00:00Z",
    "2026-11-25T10:00:00+01:00",
    "2026-11-25T10:00:00",
    "2026-11-25 10:00:00Z",
    "٢٠٢٦-١١-٢٥T١٠:٠٠:٠٠Z",
    "2026-11-25T10:00:0٠Z",
    "２０２６-11-25T10:00:00Z",
    "2026-11-25T10:00:00Z\n",
    "",
]


def test_a_time_that_no_page_writes_is_refused(site: Place, tmp_path: Path) -> None:
    jenny = home(site, JENNY)
    inbox = put(tmp_path, **{f"n{n}_iup": jenny.reply({HERS: "x"}, made=made) for n, made in enumerate(UNREAL)})
    replies = json.loads(receive(site, inbox, "--json").out)
    assert [reply["fault"] for reply in replies] == ["svarets innehåll är inte som våra sidor skriver det"] * len(
        UNREAL
    )
    assert receive(site, "--accept", "alla").code == 0
    assert git(site.site, "log", "--oneline").out.count("\n") == 2, "as it was"


def former(made: str, arrived: datetime, clock: str | None = None) -> ReceivedReply:
    values = {"id": "0" * 20, "inkom": f"{arrived:%Y-%m-%d %H:%M}", "läge": "antagen", "gjort": made, "klocka": clock}
    return ReceivedReply.model_validate(values)


@pytest.mark.parametrize("made", ["2027-11-25T10:00:00Z", "٢٠٢٦-١١-٢٥T١٠:٠٠:٠٠Z", "when we met"])
def test_what_an_earlier_version_kept_counts_as_no_later_than_it_came(made: str) -> None:
    was = former(made, datetime(2026, 11, 24, 10, tzinfo=UTC))
    assert not reply_time.is_later(was, "2026-11-24T11:00:00Z", "")
    assert reply_time.is_later(was, "2026-11-24T09:00:00Z", "")


def test_one_device_with_a_wrong_clock_knows_its_own_order() -> None:
    was = former("2026-11-25T10:00:00Z", datetime(2026, 11, 25, 10, tzinfo=UTC), "2027-11-25T10:00:00Z")
    assert reply_time.is_later(was, "2026-11-25T10:00:00Z", "2027-11-25T09:00:00Z")
    assert not reply_time.is_later(was, "2026-11-25T10:00:00Z", "2027-11-25T11:00:00Z")
    assert not reply_time.is_later(was, "2026-11-25T10:00:00Z", "1970-01-01T00:00:00Z"), "another device"


def test_every_day_of_four_hundred_years_is_real_and_no_other() -> None:
    for year in range(1900, 2300):
        leap = date(year, 3, 1).toordinal() - date(year, 2, 1).toordinal() == 29
        assert (reply_time.moment(f"{year}-02-29T00:00:00Z") is not None) == leap
