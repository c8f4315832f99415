"""Make the throwaway OpenPGP keys of the invented school. Run once, by hand: python tests/keys/make.py

Every person in content/people whose way of receiving is `openpgp` gets a new key pair: the secret key in
tests/keys/, the certificate in content/keys/, its fingerprint in the person's file. The office and the
school's signature have a key pair each in tests/keys/ only.
"""

import re
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEOPLE, CERTIFICATES, SECRETS = ROOT / "content/people", ROOT / "content/keys", ROOT / "tests/keys"
CREATED, EXPIRES = "20260801T120000", "20460801T120000"
WARNING = b"TEST KEY - throwaway, protects nothing\n\n"


def gpg(home: str, *arguments: str) -> bytes:
    """Run gpg in an empty home, as if it were the day the keys are dated."""
    fixed = ["gpg", "--homedir", home, "--batch", "--quiet", "--faked-system-time", CREATED]
    no_passphrase = ["--pinentry-mode", "loopback", "--passphrase", ""]
    return subprocess.run([*fixed, *no_passphrase, *arguments], check=True, capture_output=True).stdout


def make_key(home: str, name: str, *, encrypts: bool = True) -> str:
    """Make one key pair, keep its secret part in tests/keys, and return its fingerprint."""
    uid = f"TEST ONLY {name} <{name}@test.example>"
    gpg(home, "--quick-generate-key", uid, "ed25519", "sign", EXPIRES)
    listing = gpg(home, "--with-colons", "--list-keys", f"={uid}").decode()
    fingerprint = next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr"))
    if encrypts:
        gpg(home, "--quick-add-key", fingerprint, "cv25519", "encr", EXPIRES)
    secret = gpg(home, "--armor", "--export-secret-keys", fingerprint)
    (SECRETS / f"{name}.asc").write_bytes(WARNING + secret)
    return fingerprint


def main() -> None:
    """Replace every key of the invented school."""
    for directory, kind in ((CERTIFICATES, "*.gpg"), (SECRETS, "*.asc")):
        directory.mkdir(parents=True, exist_ok=True)
        for old in directory.glob(kind):
            old.unlink()
    with tempfile.TemporaryDirectory() as home:
        for file in sorted(PEOPLE.glob("*.yaml")):
            text = file.read_text(encoding="utf-8")
            if "sätt: openpgp" not in text:
                continue
            fingerprint = make_key(home, file.stem)
            certificate = gpg(home, "--export-options", "export-minimal", "--export", fingerprint)
            (CERTIFICATES / f"{fingerprint}.gpg").write_bytes(certificate)
            text = re.sub(r"certifikat: .*", f"certifikat: {fingerprint}", text)
            file.write_text(text, encoding="utf-8")
        make_key(home, "office")
        make_key(home, "signing", encrypts=False)
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=True)


if __name__ == "__main__":
    main()
