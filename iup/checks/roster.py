"""Does each account and each e-mail address in the roster lead to one person?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.problems import Rule, Severity
from iup.site.load import ROSTER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iup.checks.case import CheckContext
    from iup.problems import Finding

RULES = (
    SAME_ACCOUNT := Rule(
        "konto-dubblett",
        Severity.FAULT,
        "kontot eller adressen står redan hos en annan rad",
        "Förrådet prövar varje ändring efter vem som har gjort den. Ett konto, en e-postadress och en person står "
        "därför på en enda rad i content/roster.yaml.",
        "ta bort den ena, eller slå ihop raderna",
    ),
)


def whole(case: CheckContext) -> Iterator[Finding]:
    """Check that no person, address or account stands twice."""
    seen: set[tuple[str, str]] = set()
    for number, row in enumerate(case.school.roster):
        told: list[tuple[str, str, tuple[str | int, ...]]] = [("person", row.person, ("person",))]
        told += [("e-post", email.casefold(), ("e-post", n)) for n, email in enumerate(row.emails)]
        told += [("konto", account, ("konto", n)) for n, account in enumerate(row.accounts)]
        for kind, value, keys in told:
            if (kind, value) in seen:
                yield SAME_ACCOUNT.at(ROSTER, "personer", number, *keys)
            seen.add((kind, value))
