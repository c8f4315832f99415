"""Mistakes that people make in a pupil's files, each with its cause: a rule, the line, and the file that has it.

In: the files of a pupil as they are. Out: the same files with one mistake each. Every mistake is made in several places
of real files. The word `CANARY` stands where a pupil's words would.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

CANARY = "Kanariesång"
HARD = "\u00a0"


@dataclass(frozen=True)
class Mistake:
    """A mistake on the lines that a pattern finds: what they become, and on which of the new lines the cause stands."""

    name: str
    rule: str
    where: str
    change: Callable[[re.Match[str]], str]
    line: int = 0
    most: int = 5


def _row(pattern: str) -> str:
    return rf"(?P<lead> *)(?P<dash>- )?{pattern}"


def _sub(text: str) -> Callable[[re.Match[str]], str]:
    return lambda found: found.expand(text)


_KEY = r"(?P<key>av|datum|text|läge|nivå|steg|id|föreslaget_av|termin|mall|ämne)"
_VALUED = _row(rf"{_KEY}: (?P<value>[^|\s].*)")
_SHORT = _row(r"(?P<key>text|eleven|hemmet): (?P<value>[A-ZÅÄÖ].*)")
_BLOCK = (
    r"(?P<lead> *)(?P<dash>- )?(?P<key>text|kommentar|skolan|eleven|mål|så_gick_det): \|"
    r"\n(?P<first> +)(?P<one>\S.*)\n(?P<two>(?P=first)\S.+)"
)


def _start(sign: str) -> Callable[[re.Match[str]], str]:
    return lambda m: f"{m['lead']}{m['dash'] or ''}{m['key']}: {sign.format(CANARY)}"


def _second(line: Callable[[re.Match[str]], str]) -> Callable[[re.Match[str]], str]:
    return lambda m: f"{m['lead']}{m['dash'] or ''}{m['key']}: |\n{m['first']}{m['one']}\n{line(m)}"


def _less(by: int) -> Callable[[re.Match[str]], str]:
    return lambda m: (
        f"{m['lead']}{m['dash'] or ''}{m['key']}: |\n{m['first']}{m['one']}\n{m['first'][by:]}{CANARY} och mer."
    )


MISTAKES = (
    Mistake("tab before a key", "yaml-tabb", _VALUED, _sub(r"\t\g<0>")),
    Mistake(
        "tab for a key's indent",
        "yaml-tabb",
        _row(r"(?P<key>av|datum|text): .*").replace("*)", "+)", 1),
        lambda m: "\t" + m[0].lstrip(" "),
    ),
    Mistake("tab before a line of a block", "yaml-tabb", _BLOCK, _second(lambda _: f"\t{CANARY} med mera."), line=2),
    Mistake(
        "tab before the first line of a block",
        "yaml-tabb",
        _BLOCK,
        lambda m: m[0].replace(m["first"] + m["one"], f"\t{CANARY}"),
        line=1,
    ),
    Mistake(
        "hard space as indent",
        "yaml-hårt-mellanslag",
        _row(r"(?P<key>av|datum|text): .*").replace("*)", "+)", 1),
        lambda m: m[0].replace(" ", HARD, len(m["lead"])),
    ),
    Mistake(
        "hard space as a block's indent",
        "yaml-hårt-mellanslag",
        _BLOCK,
        _second(lambda m: f"{HARD * len(m['first'])}{CANARY} med."),
        line=2,
    ),
    Mistake(
        "hard space behind the colon", "yaml-hårt-mellanslag", _VALUED, lambda m: m[0].replace(": ", f":{HARD}", 1)
    ),
    Mistake(
        "hard space behind a value",
        "yaml-hårt-mellanslag",
        _row(r"(?P<key>av|datum|läge|termin|steg): \S+"),
        lambda m: m[0] + HARD,
    ),
    Mistake(
        "no space behind the colon", "yaml-kolon-mellanslag", _VALUED, lambda m: m[0].replace(": ", ":", 1), most=8
    ),
    Mistake("a broad colon", "yaml-annat-kolon", _VALUED, lambda m: m[0].replace(": ", "\uff1a", 1)),
    Mistake("a broad colon and a space", "yaml-annat-kolon", _VALUED, lambda m: m[0].replace(": ", "\uff1a ", 1)),
    Mistake("a ratio for a colon", "yaml-annat-kolon", _VALUED, lambda m: m[0].replace(": ", "\u2236 ", 1), most=3),
    Mistake("a space before the colon", "yaml-mellanslag-före-kolon", _VALUED, lambda m: m[0].replace(": ", " : ", 1)),
    Mistake("no colon", "yaml-kolon-saknas", _VALUED, lambda m: m[0].replace(": ", " ", 1)),
    Mistake("a semicolon", "yaml-kolon-saknas", _VALUED, lambda m: m[0].replace(": ", "; ", 1), most=3),
    Mistake("an equals sign", "yaml-kolon-saknas", _VALUED, lambda m: m[0].replace(": ", " = ", 1), most=3),
    Mistake("a colon in a text", "yaml-kolon-i-text", _SHORT, _start("Viktigt: {} varje dag")),
    Mistake("a colon last in a text", "yaml-kolon-i-text", _SHORT, _start("{} det här:"), most=3),
    *(
        Mistake(f"{sign[:1]} at the start", "yaml-första-tecken", _SHORT, _start(sign), most=3)
        for sign in (
            "*{0}*",
            "* {0}",
            "&{0} läs",
            "%100 {0}",
            "@{0} läser",
            "`{0}`",
            "[{0}]",
            "[{0}] läs",
            "{{{0}}}",
            "{{{0}}} läs",
            "!{0} bra",
            "! {0}",
            ", {0}",
            "- {0}",
            "? {0}",
            "] {0}",
            ">5 {0}",
        )
    ),
    Mistake("a bracket left open", "yaml-klammer", r"  deltagare: \[(.*)\]", _sub(r"  deltagare: [\1"), most=2),
    Mistake("text behind the quote", "yaml-citat-efter", _SHORT, _start('"Läs" {} varje dag')),
    Mistake("an apostrophe in quotes", "yaml-citat-efter", _SHORT, _start("'Läs Lars' {} bok'")),
    Mistake("an open quote", "yaml-citat-öppet", _SHORT, _start('"{} varje dag')),
    Mistake("an open apostrophe", "yaml-citat-öppet", _SHORT, _start("'{} varje dag")),
    Mistake("closed by a quote of Word's", "yaml-typografiska-citattecken", _SHORT, _start('"{} varje dag”')),
    Mistake("quotes of Word's round a text", "yaml-typografiska-citattecken", _SHORT, _start("”Viktigt: {}”")),
    Mistake(
        "quotes of Word's round a value",
        "yaml-typografiska-citattecken",
        _row(r"(?P<key>läge|datum|av|termin): (?P<value>.*)"),
        _sub(r"\g<lead>\g<key>: ”\g<value>”"),
    ),
    Mistake(
        "quotes of Word's round a key",
        "yaml-typografiska-citattecken",
        r"(?P<lead> *)(?P<key>läge|datum|av|termin): (?P<value>.*)",
        _sub(r"\g<lead>”\g<key>”: \g<value>"),
    ),
    Mistake("text behind the bar", "yaml-lodrätt-streck", _BLOCK, lambda m: m[0].replace(": |\n", f": | {CANARY}\n")),
    Mistake("all of the text behind the bar", "yaml-lodrätt-streck", _SHORT, _start("| {} varje dag")),
    Mistake("text behind a folding sign", "yaml-lodrätt-streck", _SHORT, _start("> {} varje dag"), most=3),
    Mistake("a line less indented", "yaml-text-indrag", _BLOCK, _less(2), line=2),
    Mistake(
        "a line at its key's indent",
        "yaml-text-indrag",
        _BLOCK,
        _second(lambda m: f"{' ' * (len(m['lead']) + len(m['dash'] or ''))}{CANARY} och mer."),
        line=2,
    ),
    Mistake("a line at the margin", "yaml-text-indrag", _BLOCK, _second(lambda _: f"{CANARY} och mer."), line=2),
    Mistake(
        "a line with a colon at its key's indent",
        "yaml-text-indrag",
        _BLOCK,
        _second(lambda m: f"{' ' * (len(m['lead']) + len(m['dash'] or ''))}Obs: {CANARY}."),
        line=2,
    ),
    Mistake(
        "the first line at its key's indent",
        "yaml-text-indrag",
        r"(?P<lead> +)(?P<key>text|skolan|eleven|mål): \|\n +(?P<one>.+)\n(?! *[^ ].{60})",
        lambda m: f"{m['lead']}{m['key']}: |\n{m['lead']}{CANARY}\n",
        line=1,
    ),
    Mistake("the sign of a merge", "yaml-sammanslagning", _VALUED, _sub(r"<<<<<<< HEAD\n\g<0>")),
    Mistake("the end of a merge", "yaml-sammanslagning", _VALUED, _sub(r">>>>>>> en gren\n\g<0>"), most=3),
    Mistake("the middle of a merge", "yaml-sammanslagning", _VALUED, _sub(r"=======\n\g<0>"), most=3),
    Mistake(
        "a whole conflict",
        "yaml-sammanslagning",
        _VALUED,
        _sub(r"<<<<<<< HEAD\n\g<0>\n=======\n\g<0>\n>>>>>>> en gren"),
    ),
    Mistake(
        "the sign of a merge in a text",
        "yaml-sammanslagning",
        _BLOCK,
        _second(lambda m: f"{m['first']}<<<<<<< HEAD\n{m['two']}"),
        line=2,
    ),
    Mistake(
        "a conflict in a text",
        "yaml-sammanslagning",
        _BLOCK,
        _second(
            lambda m: (
                f"{m['first']}<<<<<<< HEAD\n{m['two']}\n{m['first']}=======\n{m['two']}\n{m['first']}>>>>>>> en gren"
            )
        ),
        line=2,
    ),
    Mistake("a key one space too far in", "yaml-indrag", r"( +)(av|datum|läge|kommentar|ämne): (.*)", _sub(r" \g<0>")),
    Mistake(
        "a key one space too far out", "yaml-indrag", r" ( +)(av|datum|läge|kommentar|ämne): (.*)", lambda m: m[0][1:]
    ),
    Mistake("a key two spaces too far in", "yaml-indrag", r"( +)(av|datum|läge): (.*)", _sub(r"  \g<0>")),
    Mistake("a key two spaces too far out", "yaml-indrag", r"  ( +)(av|datum|läge): (.*)", lambda m: m[0][2:]),
    Mistake(
        "a field too far in", "yaml-indrag", r"  (trivsel|insatser|vill_prata_om|Matematik|Bild):", _sub(r"   \1:")
    ),
    Mistake("a field too far out", "yaml-indrag", r"  (trivsel|insatser|vill_prata_om|Matematik|Bild):", _sub(r"\1:")),
    Mistake("an item too far in", "yaml-indrag", r"( +)- (id|steg): (.*)\n", _sub(r" \g<0>")),
    Mistake("an item too far out", "yaml-indrag", r" ( +)- (id|steg): (.*)\n", lambda m: m[0][1:]),
    Mistake("no space behind the dash", "yaml-bindestreck", r"( +)- (id|steg|av|person): (.*)", _sub(r"\1-\2: \3")),
    Mistake("a dash of Word's", "yaml-bindestreck", r"( +)- (id|steg|av|person): (.*)", _sub("\\1– \\2: \\3")),
    Mistake("a bullet", "yaml-bindestreck", r"( +)- (id|steg|av|person): (.*)", _sub("\\1• \\2: \\3"), most=3),
    Mistake("no dash", "yaml-bindestreck", r"( +)- (id|steg): (m2|c2|pågående|klart|uppfyllt)", _sub(r"\1  \2: \3")),
    Mistake("three dashes", "yaml-tre-streck", _VALUED, _sub(r"---\n\g<0>"), most=3),
    Mistake(
        "a heading of one's own", "yaml-lös-rad", r"(omdömen|samtal|fält|mål):", _sub(rf"{CANARY} \n\g<0>"), most=3
    ),
    Mistake("letters of another encoding", "trasiga-tecken", r"( {6,}|    )([A-Z].*)ä(\w.*)", _sub("\\1\\2Ã¤\\3")),
    Mistake("a dash of another encoding", "trasiga-tecken", r"( {6,}|    )([A-Z][a-zåäö]+ .*)", _sub("\\1â€“ \\2")),
    Mistake(
        "a letter that was lost", "trasiga-tecken", r"( {6,}|    )([A-Z].*)ö(\w.*)", _sub("\\1\\2\ufffd\\3"), most=3
    ),
    Mistake("a sign of one font", "trasiga-tecken", r"( {6,}|    )([A-Z][a-zåäö]+ .*)", _sub("\\1\uf0a7 \\2"), most=3),
    Mistake("a sign of Windows'", "yaml-tecken", r"( {6,}|    )([A-Z][a-zåäö]+ .*)", _sub("\\1\u0092 \\2"), most=3),
    Mistake("a capital", "okänt-värde", r" *läge: (\w)", lambda m: m[0][:-1] + m[1].upper()),
    Mistake(
        "a level in other words",
        "omdöme-nivå",
        r"    nivå: .*",
        _sub(f"    nivå: Godtagbara kunskaper {CANARY}"),
        most=3,
    ),
    Mistake("a level that says yes", "omdöme-nivå", r"    nivå: .*", _sub("    nivå: ja"), most=2),
    Mistake("a name for an id", "fel-form", r"    av: t3m8k", _sub("    av: Ingrid"), most=3),
    Mistake("a day as people say it", "datum", r"( +(?:- )?)(datum|hållet|från): .*", _sub(r"\1\2: 5/11"), most=6),
    Mistake(
        "a key with a capital",
        "okänd-nyckel",
        r" *(läge|termin|nivå|steg|text|ämne): ",
        lambda m: m[0].replace(m[1], m[1].capitalize()),
    ),
    Mistake(
        "a key without its marks",
        "okänd-nyckel",
        r" *(läge|nivå|ämne|förnamn|från): ",
        lambda m: m[0].replace("ä", "a").replace("å", "a").replace("ö", "o"),
    ),
    Mistake(
        "the same key twice", "yaml-dubblett", r" *(läge|av|datum|text): [^|]*?\n", _sub(r"\g<0>\g<0>"), line=1, most=3
    ),
)


def made(mistake: Mistake, files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes, int]]:
    """Yield a path, its new bytes and the line of the cause for each place where a mistake is made."""
    found = []
    whole = "" if mistake.where.endswith(("\\n", ")", ": ")) else "$"
    for path, data in files.items():
        text = data.decode()
        for match in re.finditer(rf"(?m)^{mistake.where}{whole}", text):
            new = mistake.change(match)
            if new != match[0]:
                line = text.count("\n", 0, match.start()) + 1 + mistake.line
                found.append((path, (text[: match.start()] + new + text[match.end() :]).encode(), line))
    step = max(len(found) // mistake.most, 1)
    yield from found[::step][: mistake.most]
