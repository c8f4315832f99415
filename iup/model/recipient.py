"""Somebody who gets a bundle: how they receive it, and whom it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iup.model.people import Receiving


@dataclass(frozen=True)
class Recipient:
    """Somebody who gets a bundle, how, and the pupils it is about in the order they are shown."""

    id: str
    receiving: Receiving
    pupils: tuple[str, ...]
