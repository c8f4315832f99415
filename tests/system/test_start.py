"""What names a time zone, as the C library has it, and what it would take for UTC without a word."""

from __future__ import annotations

import os

import pytest

from iup.system import start

GOOD = ["", "UTC", "Europe/Stockholm", ":Asia/Tokyo", "CET-1CEST", "CET-1CEST,M3.5.0,M10.5.0/3", "<+0330>-3:30", "EST5"]
BAD = [
    "Bogus",
    "Europe/Solhamra",
    ":",
    "../../etc/passwd",
    "/etc/passwd",
    "/nowhere",
    "UTC+99",
    "UTC+1x",
    "\udcff",
    "Å",
]


@pytest.mark.parametrize("name", GOOD)
def test_a_zone(name: str) -> None:
    assert start.names_zone(name)


@pytest.mark.parametrize("name", BAD)
def test_no_zone(name: str) -> None:
    assert not start.names_zone(name)


def test_what_is_no_zone_leaves_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Stockholm")
    assert not start.drop_unknown_zone()
    monkeypatch.setenv("TZ", "Bogus")
    assert start.drop_unknown_zone()
    assert "TZ" not in os.environ
