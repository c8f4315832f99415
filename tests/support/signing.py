"""Commits that carry what the office has signed, made as somebody makes them who has the office's test key, or not."""

from __future__ import annotations

import secrets
from datetime import date
from typing import TYPE_CHECKING

from iup.model.plan import Goals, Plan
from iup.policy.change_statement import CORRECTION_LINES, REPLY_LINES, SignedChanges, StatementKind, lines
from iup.policy.changes import Records, changes
from iup.site import decode, strict_yaml
from iup.site.paths import goals_file, plan_file
from iup.system.git.signatures import to_line
from tests.conftest import DAY, ROOT
from tests.support.repository import PUPIL, git
from tests.support.sealing import gpg, gpg_home

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.repository import Clone

KEYS = ROOT / "tests" / "keys"
SIGNING = KEYS / "signing.asc"
KOMMUN = "Älvhamra kommun"
CHANNEL = "papper"


def new_id() -> str:
    return secrets.token_hex(16)


def sign(payload: bytes, key: Path = SIGNING) -> str:
    """Return the one line of a signature by a key, as gpg makes it."""
    with gpg_home() as home:
        gpg(home, "--import", key)
        return to_line(gpg(home, "--armor", "--detach-sign", feed=payload))


def written(clone: Clone, pupil: str, revision: str = "") -> Records:
    """Return what a clone's files say of a pupil, or those of a commit."""
    found = []
    for model, path in ((Plan, plan_file(pupil)), (Goals, goals_file(pupil))):
        if revision:
            data = git(clone.path, "show", f"{revision}:{path}", check=False).out.encode()
        else:
            data = (clone.path / path).read_bytes() if (clone.path / path).exists() else b""
        found.append(decode.decode(model, strict_yaml.parse(data), path)[0] if data else None)
    return Records(pupil, *found)  # type: ignore[arg-type]


def statement(clone: Clone, sender: str, identity: str, **other: object) -> SignedChanges:
    """Return what the office would sign of what a clone has not committed yet; `other` replaces a part of it."""
    pupil = str(other.pop("of", PUPIL))
    found = changes(written(clone, pupil, "HEAD"), written(clone, pupil))
    said = {
        "kind": StatementKind.REPLY,
        "municipality": KOMMUN,
        "identity": identity,
        "sender": sender,
        "day": date.fromisoformat(DAY),
        "pupil": pupil,
        "changes": found,
    }
    return SignedChanges(**{**said, **other})  # type: ignore[arg-type]


def reply(clone: Clone, sender: str, receiver: str, /, identity: str = "", key: Path = SIGNING, **other: object) -> str:
    """Return the message of a reply's commit, signed for what the clone has not committed yet."""
    identity = identity or new_id()
    signed = statement(clone, sender, identity, **{"channel": CHANNEL, "receiver": receiver, **other})
    return reply_message(identity, sender, receiver, sign(signed.payload, key), signed.day.isoformat())


def reply_message(identity: str, sender: str, receiver: str, signature: str, day: str = DAY) -> str:
    return f"svar: {identity}\n\n" + lines(REPLY_LINES, identity, sender, CHANNEL, receiver, day, signature)


def correction(clone: Clone, who: str, reason: str = "skrivfel", key: Path = SIGNING, **other: object) -> str:
    """Return the message of a correction's commit, signed for what the clone has not committed yet."""
    identity = new_id()
    signed = statement(clone, who, identity, **{"kind": StatementKind.CORRECTION, "reason": reason, **other})
    said = (identity, who, reason, signed.day.isoformat(), sign(signed.payload, key))
    return f"rättad: 1 plan\n\n{lines(CORRECTION_LINES, *said)}"
