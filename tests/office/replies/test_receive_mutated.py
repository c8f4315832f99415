"""Of many altered page replies and OpenPGP messages only the untouched opens (security F15)."""

from __future__ import annotations

import random
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

import pytest

from iup.build import reply_ticket
from iup.errors import IupError
from iup.keys import keyring
from iup.keys.locks import Locksmith
from iup.keys.vault import open_vault
from iup.office.replies.unseal import Opener
from iup.site.layout import committed_tree, open_site
from iup.site.load import load
from tests.conftest import DAY
from tests.office.replies.test_receive import HERS, JENNY, key_of
from tests.support.receiving import body, home, signed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Place

QUICK, LONG = 60, 1000


@contextmanager
def opener(place: Place) -> Iterator[Opener]:
    tree, _ = committed_tree(open_site(place.site))
    school, _ = load(tree)
    assert school is not None
    with keyring.opened(place.office) as own, Locksmith(tree, own, open_vault(own)) as smith:
        yield Opener(school, date.fromisoformat(DAY), smith)


def mutated(data: bytes, source: random.Random) -> bytes:
    """Return the bytes with one thing done to them: a bit, a cut, a piece gone, twice, moved or put in."""
    at, to = sorted(source.sample(range(len(data)), 2))
    match source.randrange(6):
        case 0:
            return data[:at] + bytes([data[at] ^ 1 << source.randrange(8)]) + data[at + 1 :]
        case 1:
            return data[:at]
        case 2:
            return data[:at] + data[to:]
        case 3:
            return data[:to] + data[at:]
        case 4:
            return data[:at] + source.randbytes(source.randrange(1, 9)) + data[at:]
        case _:
            return data[to:] + data[:to]


def opened(data: bytes, by: Opener) -> bool:
    try:
        by.open(data)
    except IupError:
        return False
    return True


def accepted(kind: str, place: Place, count: int) -> list[int]:
    jenny = home(place, JENNY)
    # Padded inside: the last line end of a page's file means nothing, so it is left off here.
    whole = jenny.reply({HERS: "Bra"}).rstrip(b"\n")
    if kind == "openpgp":
        guardian = "q5m2a"
        with opener(place) as by:
            made = reply_ticket.Ticket("0" * 32, guardian, "b3w8j", "iup-4-6@1", "HT 2026", by.day, {})
            text = reply_ticket.seal(by.smith.vault.key("tickets"), made)
        whole = signed(place, body(text, {HERS: "Bra"}), key_of(guardian))
    source = random.Random(20261124)
    pieces = [whole, *(mutated(whole, source) for _ in range(count))]
    with opener(place) as by:
        return [number for number, piece in enumerate(pieces) if piece != whole and opened(piece, by)] + (
            [] if opened(whole, by) else [-1]
        )


@pytest.mark.parametrize("kind", ["page", "openpgp"])
def test_only_the_untouched_is_opened(place: Place, kind: str) -> None:
    assert accepted(kind, place, QUICK) == []


@pytest.mark.campaign
@pytest.mark.parametrize("kind", ["page", "openpgp"])
def test_only_the_untouched_of_a_thousand_is_opened(place: Place, kind: str) -> None:
    assert accepted(kind, place, LONG) == []
