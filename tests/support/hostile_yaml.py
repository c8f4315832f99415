"""Files that nobody should write: real ones broken by chance, and bytes that never were YAML. Each holds a canary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

CANARY = "Kanarie7f3q"
# A small site of real files; what points at files left out is one more fault, and that is all right.
SMALL = re.compile(
    r"content/(municipality|site)\.yaml|content/schools/ljusfallet\.yaml|content/people/(f9w3c|m5c3t)\.yaml"
    r"|content/pupils/(w2g9n|d4u7r)/.+|policies/.+|register/(w2g9n|d4u7r)\.yaml"
)
MARKS = "".join(map(chr, range(0x300, 0x36F)))
PAYLOADS: tuple[str, ...] = (
    *("[" * 5000, "{a: " * 3000, "- " * 5000, "[" * 13 + "]" * 13, "? " * 200, "{" * 100, "> " * 300),
    *("&a [*a]", "*a", "&x y", "<<: *x", "<<: {a: 1}", "&a [&b [*a, *b], *b]"),
    *("!!python/object/apply:os.system [id]", "!!binary AAAA", "!x y", "!", "!!set {a}", "!<tag:x> y"),
    *("2024-02-30", "2026-13-01", "0000-00-00", "9999-12-31", "2026-11-24T00:00:00Z", "24:61", "2026-02-29 25:00"),
    *("9" * 5000, "-" + "9" * 5000, "0x" + "f" * 5000, "1e999999", ".inf", ".nan", "1_0", "0o777", "-0"),
    *("x" * 100_000, "å" * 300, "a\u030a" * 5000, f"a{MARKS * 200}", "\u0430\u0301" * 2000, "🧒🏽\u200d🏫" * 500),
    *("\u202eomvänd", "\u200b", "\u2066a\u2069", "\ufeff", "\x00", "\x1b[31m", "\u2028", "\U000e0041", "\x85", "\x07"),
    *('"\\ud800"', '"\\ud83d\\ude00"', '"\\x00"', '"\\U0010ffff"', '"\\uZZZZ"', "'", '"', "|", ">-", "|9", "%YAML 1.1"),
    *("---", "...", "--- a\n--- b", "a: b: c", "? [a]\n: b", "{a: 1, a: 2}", "[,]", "@x", "`x`", "\t- a", "- a\n b"),
    *("null", "~", "true", "no", "ja", "", "[]", "{}", "0", "1", "-1", "[[[]]]", "{a: {b: {c: d}}}", "# bort"),
    *("../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "{{7*7}}", "{% raw %}", "<script>", "%s%n", "${HOME}"),
)


class Breaker:
    """Breaks a file in one to three ways, and puts the canary in."""

    def __init__(self, chance: Random, files: Mapping[str, bytes]) -> None:
        self.chance = chance
        self.files = files
        self.ways: list[Callable[[bytes], bytes]] = [
            getattr(self, name) for name in dir(self) if name.startswith("by_")
        ]

    def broken(self) -> tuple[str, bytes]:
        """Return a path of the site and what to put there."""
        path = self.chance.choice(sorted(path for path in self.files if not path.endswith(".md")))
        text = self.planted(self.files[path].decode())
        if self.chance.random() < 0.02:
            return path, self.whole()
        data = text.encode()
        for _ in range(self.chance.randint(1, 3)):
            data = self.chance.choice(self.ways)(data)
        return path, data

    def whole(self) -> bytes:
        """Return a file that is nothing but trouble."""
        rest = CANARY.encode()
        return self.chance.choice(
            (
                b"",
                b"\xef\xbb\xbf",
                rest,
                b"\x00" * 1000 + rest,
                b"a: " + rest + b"x" * 10_000_000,
                b"[" * 250_000 + rest,
                b"a: b\n" * 50_000 + rest,
                b"".join(b"k%d: v\n" % n for n in range(20_000)) + rest,
                self.chance.randbytes(2000) + rest,
                rest.decode().encode("utf-16"),
                b"- " + rest + b"\n",
                b"? " * 100_000,
                b"'" + b"''" * 100_000 + rest,
                b"a: |\n" + b"  x\n" * 60_000,
            )
        )

    def planted(self, text: str) -> str:
        """Put the canary into some of the values."""
        odds = self.chance.random() * 0.3

        def plant(found: re.Match[str]) -> str:
            return f"{found[1]}{CANARY} {found[2]}" if self.chance.random() < odds else found[0]

        return re.sub(r"(?m)(: )([^\s\[{|>].*)$", plant, text)

    def payload(self) -> bytes:
        found = self.chance.choice(PAYLOADS)
        where = self.chance.randrange(3)
        return (f"{CANARY} {found}" if where == 0 else f"{found} {CANARY}" if where == 1 else found).encode(
            "utf-8", "surrogatepass"
        )

    def _lines(self, data: bytes) -> list[bytes]:
        return data.split(b"\n")

    # Each breaks in one way; `dir` finds them by name.

    def by_another_value(self, data: bytes) -> bytes:
        lines = self._lines(data)
        number = self.chance.randrange(len(lines))
        key, colon, _ = lines[number].partition(b":")
        lines[number] = key + (colon or b":") + b" " + self.payload()
        return b"\n".join(lines)

    def by_another_key(self, data: bytes) -> bytes:
        lines = self._lines(data)
        number = self.chance.randrange(len(lines))
        indent = len(lines[number]) - len(lines[number].lstrip())
        lines[number] = b" " * indent + self.payload() + b": " + lines[number].partition(b":")[2]
        return b"\n".join(lines)

    def by_a_line_more(self, data: bytes) -> bytes:
        lines = self._lines(data)
        number = self.chance.randrange(len(lines))
        lines.insert(number, self.chance.choice((lines[number], b" " * self.chance.randrange(9) + self.payload())))
        return b"\n".join(lines)

    def by_a_line_less(self, data: bytes) -> bytes:
        lines = self._lines(data)
        del lines[self.chance.randrange(len(lines))]
        return b"\n".join(lines)

    def by_indent(self, data: bytes) -> bytes:
        lines = self._lines(data)
        number = self.chance.randrange(len(lines))
        lines[number] = self.chance.choice((b" ", b"\t", b"  ", b"    ", b" " * 60)) + lines[number]
        return b"\n".join(lines)

    def by_bytes(self, data: bytes) -> bytes:
        at = self.chance.randrange(len(data) + 1)
        return data[:at] + self.chance.randbytes(self.chance.randint(1, 4)) + data[at:]

    def by_a_character(self, data: bytes) -> bytes:
        at = self.chance.randrange(len(data) + 1)
        one: str = self.chance.choice((*"[]{}&*!|>'\"%@`#,?:-\t", "\r", "\ufeff", "\u202e"))
        return data[:at] + one.encode() + data[at:]

    def by_an_end(self, data: bytes) -> bytes:
        return data[: self.chance.randrange(len(data) + 1)]

    def by_line_ends(self, data: bytes) -> bytes:
        return data.replace(b"\n", self.chance.choice((b"\r\n", b"\r", b"\n\n")))

    def by_form(self, data: bytes) -> bytes:
        return data.replace("å".encode(), "a\u030a".encode()).replace("ö".encode(), "o\u0308".encode())

    def by_another_file(self, data: bytes) -> bytes:
        return data + self.files[self.chance.choice(sorted(self.files))]
